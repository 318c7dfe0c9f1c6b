"""A model for the research benchmark by rules: what it answers to each prompt."""

import json

from memory_chain.testing import ScriptedLLM


def pdr_answer(name, data):
    """The reply to a prompt, or None if it is not one of this benchmark.

    A report repeats what is known of the user; it fits (8) if the name of the judge's persona stands in it, else not
    (3). Its quality is 6.
    """
    if name == "pdr-distil":
        return "What matters: " + " / ".join(data["memory"])
    if name == "pdr-report":
        return f"REPORT on {data['task']}\n" + "\n".join(data["known_about_the_user"])
    if name.startswith("pdr-weights"):
        dimensions = [one["dimension"] for one in data["dimensions"]]
        weights = [0.4, *[0.6 / (len(dimensions) - 1)] * (len(dimensions) - 1)]
        return {
            "analysis": "…",
            "weights": [{"dimension": one, "weight": w} for one, w in zip(dimensions, weights, strict=True)],
        }
    if name.startswith("pdr-criteria"):
        title = data["dimension"]["dimension"]
        return {
            "criteria": [
                {"criterion": f"{title} A", "explanation": "…", "weight": 0.6},
                {"criterion": f"{title} B", "explanation": "…", "weight": 0.4},
            ]
        }
    if name == "pdr-scores-p":
        return scored(data, 8 if name_of(data["user"]) in "\n".join(data["report"]) else 3)
    if name == "pdr-scores-q":
        return scored(data, 6)
    if name == "pdr-claims":
        return {
            "claims": [
                {"claim": "Oslo has trams.", "source": "https://a.example/oslo"},
                {"claim": "oslo has  trams", "source": ""},
                {"claim": "Oslo has a beach.", "source": "<https://a.example/oslo>"},
                {"claim": "Trains run daily.", "source": "https://gone.example"},
                {"claim": "Tents are heavy.", "source": "common sense"},
            ]
        }
    if name == "pdr-support":
        page = "\n".join(data["page"])
        return {
            "claims": [{"number": one["number"], "supported": one["claim"] in page} for one in data["claims"]],
        }
    return None


def scored(data, score):
    return {"scores": [{"number": one["number"], "analysis": "…", "score": score} for one in data["criteria"]]}


def name_of(persona):
    basic = persona.get("Basic Attributes") or persona["基础属性"]
    (kind,) = basic.values()
    return kind.get("Name") or kind["姓名"]


def data_in(request):
    """What was asked, without the prompt around it."""
    return json.loads(next(one.content for one in request.messages if one.role == "user"))


def pdr_model(own=lambda name, data, count: None, **more):
    """A scripted model; `own` is asked first, with how often this prompt was asked before."""
    counts = {}

    def script(request):
        count = counts[request.prompt] = counts.get(request.prompt, -1) + 1
        data = data_in(request)
        said = own(request.prompt, data, count)
        return pdr_answer(request.prompt, data) if said is None else said

    return ScriptedLLM(script, **more)
