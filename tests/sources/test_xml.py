"""XML without entities, and with limits."""

from __future__ import annotations

import pytest

from optimizer.sources.port import SourceError
from optimizer.sources.xml import read_xml

BILLION_LAUGHS = (
    '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>',
    '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "<!DOCTYPE html><html></html>",
)


@pytest.mark.parametrize("text", BILLION_LAUGHS)
def test_document_types_and_entities_are_refused(text: str) -> None:
    with pytest.raises(SourceError, match="document type or entities"):
        read_xml(text)


@pytest.mark.parametrize("text", ["", "no", "<a>", "<a></b>", "<a>&unknown;</a>", "<a/><b/>", "<a>\x00</a>"])
def test_other_text_is_not_xml(text: str) -> None:
    with pytest.raises(SourceError, match="is not XML"):
        read_xml(text)


def test_depth_and_size_are_limited() -> None:
    with pytest.raises(SourceError, match="levels"):
        read_xml("<a>" * 30 + "</a>" * 30)
    with pytest.raises(SourceError, match="elements"):
        read_xml("<a>" + "<b/>" * 50_001 + "</a>")


def test_namespaces_are_left_out() -> None:
    root = read_xml('<d xmlns="urn:x" xmlns:y="urn:y"><y:b> 1 </y:b><b>2</b><c><e>3</e></c></d>')
    assert root.tag == "d"
    assert (root.get("b"), root.get("c", "e"), root.get("c", "f")) == ("1", "3", "")
    assert [child.text for child in root.all("b")] == [" 1 ", "2"]


def test_a_declared_encoding_does_not_change_the_text() -> None:
    assert read_xml('<?xml version="1.0" encoding="latin-1"?><a>ä</a>').text == "ä"
