"""Options of ``serve`` that say at which identity provider people log in; its secret is never an argument."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from shopfloor.cli.options import Command
from shopfloor.errors import UsageError

if TYPE_CHECKING:
    from shopfloor.dashboard.team.provider import ProviderConfig

_SECRET: Final = "SHOPFLOOR_OIDC_SECRET"  # noqa: S105 - the name of a variable
_KEY: Final = "shopfloor.provider."


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:  # noqa: ANN401 - as click has it
    ctx.meta[f"{_KEY}{param.name}"] = value


_OPTIONS: Final = (
    click.option(
        "--oidc-issuer",
        metavar="URL",
        envvar="SHOPFLOOR_OIDC_ISSUER",
        expose_value=False,
        callback=_keep,
        help="Identity provider where people log in; else SHOPFLOOR_OIDC_ISSUER. See docs/log-in.md.",
    ),
    click.option(
        "--oidc-client",
        metavar="ID",
        envvar="SHOPFLOOR_OIDC_CLIENT",
        default="shopfloor",
        show_default=True,
        expose_value=False,
        callback=_keep,
        help="Name of this dashboard there; else SHOPFLOOR_OIDC_CLIENT.",
    ),
    click.option(
        "--oidc-secret-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="SHOPFLOOR_OIDC_SECRET_FILE",
        expose_value=False,
        callback=_keep,
        help=f"File whose first line is its secret there; else {_SECRET}.",
    ),
    click.option(
        "--oidc-only",
        is_flag=True,
        envvar="SHOPFLOOR_OIDC_ONLY",
        expose_value=False,
        callback=_keep,
        help="Nobody logs in to the pages by a password; else SHOPFLOOR_OIDC_ONLY=1.",
    ),
    click.option(
        "--oidc-acr",
        metavar="VALUE",
        envvar="SHOPFLOOR_OIDC_ACR",
        default="",
        expose_value=False,
        callback=_keep,
        help="Level of a log-in there that counts as two factors; else SHOPFLOOR_OIDC_ACR, else its amr tells.",
    ),
)


def with_provider(command: Command) -> Command:
    """Add the options; `provider_config` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def provider_config(*, has_accounts: bool, has_address: bool) -> "ProviderConfig | None":
    """Return the identity provider that the options of the running command name, or None.

    Parameters
    ----------
    has_accounts : bool
        The store has accounts.
    has_address : bool
        The address of the pages is known beforehand, so that the provider can know it.

    Raises
    ------
    UsageError
        A provider is named where nobody logs in, or where it could not lead back; passwords are switched off without
        one; or there is no secret.
    """
    from shopfloor.dashboard.team.provider import ProviderConfig  # noqa: PLC0415 - Dash takes a second to load

    meta = click.get_current_context().meta
    issuer, is_only = meta[f"{_KEY}oidc_issuer"], meta[f"{_KEY}oidc_only"]
    if not issuer:
        if is_only:
            raise UsageError("--oidc-only needs --oidc-issuer: nobody could log in.")
        return None
    if not has_accounts:
        raise UsageError("This store has no accounts: nobody logs in. Make accounts first, or leave out --oidc-issuer.")
    if not has_address:
        raise UsageError(
            "The provider must know where to lead people back to: give --public-url, or on this machine alone a --port."
        )
    secret = _secret(meta[f"{_KEY}oidc_secret_file"])
    return ProviderConfig(issuer, meta[f"{_KEY}oidc_client"], secret, is_only, meta[f"{_KEY}oidc_acr"])


def _secret(file: Path | None) -> str:
    said = os.environ.get(_SECRET, "") if file is None else file.read_text(encoding="utf-8").partition("\n")[0].strip()
    if not said:
        raise UsageError(f"The provider's log-in needs a secret: --oidc-secret-file FILE, or {_SECRET}.")
    return said
