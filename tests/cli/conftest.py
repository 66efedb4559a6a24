from tests.service.conftest import _keys_derived_once, _passwords_hashed_fast, full_shop, full_template, shop, template

__all__ = ["_keys_derived_once", "_passwords_hashed_fast", "full_shop", "full_template", "shop", "template"]
