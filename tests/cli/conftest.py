from tests.service.conftest import _keys_derived_once, full_shop, full_template, shop, template

__all__ = ["_keys_derived_once", "full_shop", "full_template", "shop", "template"]
