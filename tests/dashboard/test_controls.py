import pytest

from shopfloor.dashboard.controls import Field, text_field


def test_a_control_holds_what_is_given_and_nothing_more() -> None:
    field = Field(id="known-name", type="text", value=None, className="field")
    props = {"id": "known-name", "type": "text", "className": "field"}
    assert field.to_plotly_json() == {"props": props, "type": "Field", "namespace": "shopfloor_controls"}


def test_a_control_refuses_what_its_script_does_not_know() -> None:
    with pytest.raises(TypeError, match="Field has no colour"):
        Field(id="known-name", colour="red")


def test_a_form_field_has_a_label_of_its_own() -> None:
    label, control = text_field("known-name", "Name", value="Rosa").children
    assert (label.htmlFor, control.id, control.value) == ("known-name", "known-name", "Rosa")
