

def test_another_recipient_brings_its_own_starting_point(alice: Client) -> None:
    url = reverse("agreement_draft")
    asked = {"owner": "oh", "recipient": "national", "template": "campaign"}
    chosen = 'value="campaign" selected'
    assert chosen in alice.get(url, asked | {"was": "national"}).content.decode()
    assert chosen not in alice.get(url, asked | {"was": "rivera"}).content.decode()
