def test_first_words(client):
    answer = client.post("/v1/users/a%2Fb/messages", json={"text": "I love climbing."})
    assert answer.status_code == 201, answer.text
    assert answer.json()["stored"] == 1
    assert client.app.state.manager.users() == ["a/b"]
    found = client.get("/v1/users/a%2Fb/retrieve", params={"query": "What do I love?"})
    assert "climbing" in found.json()["text"]
    assert client.get("/v1/users/bob/retrieve", params={"query": "x"}).status_code == 404
