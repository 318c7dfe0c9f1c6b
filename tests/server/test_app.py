def test_first_words(client):
    answer = client.post("/v1/users/a%2Fb/messages", json={"messages": [{"content": "I love climbing."}]})
    assert answer.status_code == 201, answer.text
    assert answer.json()["stored"] == 1
    assert client.app.state.manager.users() == ["a/b"]
    found = client.post("/v1/users/a%2Fb/retrieve", json={"query": "What do I love?"})
    assert "climbing" in found.json()["text"]
    assert client.post("/v1/users/bob/retrieve", json={"query": "x"}).status_code == 404
    for path in ("messages", "profile", "subjects", "events", "topics", "history", "status", "costs", "calls", "export"):
        answer = client.get(f"/v1/users/a%2Fb/{path}")
        assert answer.status_code == 200, answer.text
        print(path, answer.text[:300])
    for path in ("/v1/users", "/health", "/ready", "/metrics", "/openapi.json"):
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        print(answer.text[:3000])
