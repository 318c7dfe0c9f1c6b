"""Tiny data sets in the official formats, invented here; each writer returns the path that its reader takes."""

import csv
import io
import json
from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared" / "data"


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    return path


def write_lines(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), "utf-8")
    return path


# LoCoMo


def locomo_turn(dia_id, speaker, text, **more):
    return {"dia_id": dia_id, "speaker": speaker, "text": text, **more}


def locomo_sample(name="conv-a"):
    return {
        "sample_id": name,
        "conversation": {
            "speaker_a": "Ada",
            "speaker_b": "Ben",
            "session_2": [
                locomo_turn("D2:1", "Ada", "My parrot escaped through the window yesterday."),
                locomo_turn("D2:2", "Ben", "Oh no, did the neighbours help?"),
            ],
            "session_2_date_time": "9:05 am on 12 June, 2023",
            "session_1": [
                locomo_turn("D1:1", "Ada", "I planted tomatoes on the balcony."),
                locomo_turn("D1:2", "Ben", "Look!", blip_caption="a photo of a lighthouse", query="secret words"),
                locomo_turn("D1:3", "Ada", "What a view."),
            ],
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_3_date_time": "1:00 pm on 1 July, 2023",
        },
        "qa": [
            {"question": "What escaped?", "answer": "parrot", "evidence": ["D2:1"], "category": 4},
            {
                "question": "What did Ada plant?",
                "answer": "tomatoes",
                "evidence": ["D1:1; D:2:01", "D9"],
                "category": 1,
            },
            {"question": "Who is Zed?", "adversarial_answer": "nobody", "evidence": ["D1:1"], "category": 5},
            {"question": "Would Ada like gardening?", "answer": "yes; surely", "evidence": [], "category": 3},
            {"question": "In which year did it escape?", "answer": 2023, "evidence": ["D2:1"], "category": 2},
            {
                "question": "Is the parrot Ben's?",
                "answer": "No",
                "adversarial_answer": "Yes",
                "evidence": ["D2:1"],
                "category": 5,
            },
        ],
    }


def locomo_audit():
    return [
        {
            "question_id": "locomo_0_qa0",
            "question": "What escaped?",
            "golden_answer": "parrot",
            "category": 4,
            "error_type": "WRONG_CITATION",
            "cited_evidence": ["D2:1"],
            "correct_evidence": ["D2:1", "D2:2", "D77:1"],
            "reasoning": "…",
            "correct_answer": "parrot (answer is correct)",
        },
        {
            "question_id": "locomo_0_qa4",
            "question": "In which year did it escape?",
            "golden_answer": "2023",
            "category": 2,
            "error_type": "TEMPORAL_ERROR",
            "cited_evidence": ["D2:1"],
            "correct_evidence": ["D2:1"],
            "reasoning": "…",
            "correct_answer": "June 2023",
        },
    ]


def locomo_probe():
    return [
        {
            "question_id": "locomo_0_qa0",
            "category": 4,
            "strategy": strategy,
            "golden_answer": "parrot",
            "wrong_answer": answer,
            "published_judge_votes": votes,
        }
        for strategy, answer, votes in [
            ("specific", "hamster", [False, False, False]),
            ("vague", "a pet", [True, False, True]),
        ]
    ]


def write_locomo(folder, samples=None, audit=None):
    path = write_json(folder / "locomo10.json", samples or [locomo_sample("conv-a"), locomo_sample("conv-b")])
    if audit is not None:
        write_json(folder / "audit_errors.json", audit)
    return path


# PersonaMem

PERSONAMEM_TURNS = [
    ("system", "Current user persona: Name: Ada, a gardener of seventy words and more."),
    ("user", "User: I planted tomatoes on my balcony."),
    ("assistant", "Assistant: Tomatoes love the sun."),
    ("system", "Current user persona: Name: Ada, a gardener of seventy words and more."),
    ("user", "[Original_Sentence]: My parrot sings."),
    ("assistant", "Assistant: What a bird."),
    ("user", "Patient: I gave up the piano."),
    ("system", "Current user persona: Name: Ada, a gardener of seventy words and more."),
    ("user", "User: I adopted a hamster."),
    ("assistant", "Assistant: Sweet."),
    ("user", "User: Goodbye."),
]

PERSONAMEM_OPTIONS = ["(a) Tomatoes.", "(b) It's roses.", '(c) "Tulips".', "(d) Nothing at all."]


def personamem_row(number=0, **more):
    return {
        "persona_id": "3",
        "question_id": f"question-{number}",
        "question_type": "recall_user_shared_facts",
        "topic": "homeDecoration",
        "context_length_in_tokens": "100",
        "context_length_in_letters": "400",
        "distance_to_ref_in_blocks": "3",
        "distance_to_ref_in_tokens": "90",
        "num_irrelevant_tokens": "0",
        "distance_to_ref_proportion_in_context": "90.00%",
        "user_question_or_message": "What grows on my balcony?",
        "correct_answer": "(a)",
        "all_options": json.dumps(PERSONAMEM_OPTIONS),
        "shared_context_id": "ctx",
        "end_index_in_shared_context": "10",
    } | more


def personamem_rows():
    return [
        personamem_row(0),
        # asked in the middle: the last session counts as 0
        personamem_row(
            1,
            question_type="track_full_preference_evolution",
            all_options=repr(PERSONAMEM_OPTIONS),
            correct_answer="(d)",
            distance_to_ref_in_blocks="1",
            distance_to_ref_in_tokens="60",
            end_index_in_shared_context="9",
        ),
        personamem_row(2, distance_to_ref_in_blocks="1", distance_to_ref_in_tokens="5"),
    ]


def write_personamem(folder, rows=None, turns=None):
    rows = rows if rows is not None else personamem_rows()
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "questions_32k.csv").write_bytes(out.getvalue().encode())
    content = [{"role": role, "content": text} for role, text in (turns or PERSONAMEM_TURNS)]
    write_lines(folder / "shared_contexts_32k.jsonl", [{"ctx": content}, {"unused": content}])
    return folder


# PersonaBench


def personabench_files():
    """The five files of one community by name; the noise level's files under `noise_0.0`."""
    chat = [
        {"role": "Ada", "content": "I keep a parrot called Polly, sister."},
        {"role": "Bea Lund", "content": "I know. I am a software engineer, not deaf."},
    ]
    return {
        "eval_info_all.json": [
            {
                "Name": "Ada Lund",
                "Eval_Info": {
                    "qa": [
                        personabench_qa("001", "Which animals do I keep?", [{"parrot": "Polly"}, {"cat": "Tom"}]),
                        personabench_qa("002", "How old am I?", 39),
                        personabench_qa(
                            "003",
                            "What do I like to drink?",
                            ["tea", "cocoa"],
                            type="Preference",
                            difficulty="hard",
                            outdated_value=["matcha"],
                        ),
                        personabench_qa("004", "What is Bea's job?", "engineer", type="Social", difficulty="hard"),
                        personabench_qa("005", "A: Kind or B: Unkind?", "A", type="Subjective"),
                        personabench_qa("006", "Where was I born?", "Oslo"),
                    ]
                },
            },
            {"Name": "Bea Lund", "Eval_Info": {"qa": [personabench_qa("101", "How old am I?", 41)]}},
        ],
        "noise_0.0/conversation_data_all.json": [
            {
                "Name": "Ada Lund",
                "Data": [
                    {
                        "Target_name": "Bea Lund",
                        "Conversations": [
                            {
                                "session": "conversation---session---1",
                                "time": "2024/Oct/14/09:14 AM",
                                "target_name": "Bea Lund",
                                "conversation": chat,
                                "segment_id": "000000000002",
                            },
                            {
                                "session": "conversation---session---2",
                                "time": "2024/Oct/14/09:14 AM",
                                "target_name": "Bea Lund",
                                "conversation": [{"role": "Ada Lund", "content": "My cat is called Tom."}],
                                "segment_id": "000000000001",
                            },
                        ],
                    }
                ],
            }
        ],
        "noise_0.0/user_ai_interaction_data_all.json": [
            {
                "Name": "Ada Lund",
                "Data": [
                    {
                        "session": "user_ai_interaction---session---1",
                        "time": "2024/Oct/12/01:05 PM",
                        "user_ai_interaction": [
                            {"role": "user", "content": "I am 39 and drink tea and cocoa, no longer matcha."},
                            {"role": "assistant", "content": "Noted."},
                        ],
                        "segment_id": "000000000003",
                    }
                ],
            }
        ],
        "noise_0.0/purchase_history_data_all.json": [
            {
                "Name": "Ada Lund",
                "Data": [
                    {
                        "session": "purchase_history---session---1",
                        "time": "2024/Nov/02/08:57 AM",
                        "purchase_history": [
                            {
                                "title": "Darjeeling, 500 g",
                                "description": "Black tea.",
                                "brand": "Leaf",
                                "categories": ["Food", "Tea"],
                            }
                        ],
                        "segment_id": "000000000004",
                    }
                ],
            }
        ],
        "noise_0.0/qa_gt_context_all.json": [
            personabench_evidence(
                "001",
                "Which animals do I keep?",
                {"(('parrot', 'Polly'),)": ["000000000002"], "(('cat', 'Tom'),)": ["000000000001"]},
            ),
            personabench_evidence("002", "How old am I?", {"39": ["000000000003"]}),
            personabench_evidence(
                "003",
                "What do I like to drink?",
                {"tea": ["000000000003", "000000000004"], "cocoa": ["000000000003"]},
            ),
            personabench_evidence("004", "What is Bea's job?", {"engineer": ["000000000002"]}),
            personabench_evidence("005", "A: Kind or B: Unkind?", {"Kind": ["000000000002"]}),
        ],
    }


def personabench_qa(q_id, question, answer, **more):
    plain = {"type": "Basic information", "difficulty": "easy", "outdated_value": None}
    return {"q_id": q_id, "question": question, "answer": answer} | plain | more


def personabench_evidence(q_id, question, segments):
    return {"q_id": q_id, "question": question, "answer": "…", "segment_id": segments}


def write_personabench(folder, files=None):
    for name, content in (files or personabench_files()).items():
        write_json(folder / "community_0" / name, content)
    return folder / "community_0"


# LongMemEval


def longmemeval_record(question_id="q1", **more):
    return {
        "question_id": question_id,
        "question_type": "single-session-user",
        "question": "What escaped?",
        "answer": "the parrot",
        "question_date": "2023/05/30 (Tue) 23:40",
        "haystack_session_ids": ["answer_9", "filler", "filler"],
        "haystack_dates": ["2023/05/30 (Tue) 10:20", "2023/05/20 (Sat) 08:00", "2023/05/30 (Tue) 10:20"],
        "haystack_sessions": [
            [
                {"role": "user", "content": "My parrot escaped.", "has_answer": True},
                {"role": "assistant", "content": "Oh no, the parrot!", "has_answer": True},
                {"role": "user", "content": "Bye.", "has_answer": False},
            ],
            [{"role": "user", "content": "Tell me about tea."}, {"role": "assistant", "content": "  "}],
            [{"role": "user", "content": "Tell me about tea."}],
        ],
        "answer_session_ids": ["answer_9"],
    } | more


def write_longmemeval(folder, records=None):
    return write_json(folder / "longmemeval_oracle.json", records or [longmemeval_record()])


# Personalized Deep Research Bench


def pdr_criteria(**more):
    personal = ("goal_alignment", "content_alignment", "presentation_fit", "actionability_practicality")
    quality = ("depth_insight", "logical_coherence", "clarity_readability")
    return {
        "id": 2,
        "domain": "Travel",
        "language": "en",
        "taskid": 7,
        "userid": "User2",
        "task": "Plan a journey.",
        "personalization_weights": dict.fromkeys(personal, 0.25),
        "quality_weights": dict(zip(quality, (0.4, 0.4, 0.2), strict=True)),
        "personalization_criterions": {
            one: [{"criterion": f"{one} A", "explanation": "…", "weight": 0.6}, {"criterion": "B", "weight": 0.4}]
            for one in personal
        },
        "quality_criterions": {one: [{"criterion": "Q", "explanation": "…", "weight": 1}] for one in quality},
    } | more


def pdr_context():
    return {
        "userid": "User2",
        "chat_data": [
            {
                "session_id": "chat-b",
                "messages": [
                    pdr_round(2, "And by bike?", "Why not.", "2025-09-11T03:16:44"),
                    pdr_round(1, "How do I get to Oslo?", "By train.", "2025-09-11T03:16:42.5"),
                ],
            },
            {"session_id": "chat-a", "messages": [pdr_round(1, "My knee hurts.", "Rest.", "2025-09-08T02:24:29")]},
        ],
        "memories": [{"created_time": 1756981258560, "summary": "A tent for two.", "title": "Tent"}],
    }


def pdr_round(number, query, answer, time):
    return {"round": number, "query_content": query, "answer_content": answer, "update_time": time}


def write_pdr(folder, language="en"):
    zh = language == "zh"
    task = "规划一次旅行。" if zh else "Plan a journey."
    name, basic, kind = ("姓名", "基础属性", "身份特征") if zh else ("Name", "Basic Attributes", "Identity")
    write_lines(
        folder / f"tasks_{language}.jsonl",
        [
            {"taskid": 7, "domain": "Travel", "language": language, "task": task},
            {"taskid": 8, "domain": "Law", "language": language, "task": f"{task} (2)"},
        ],
    )
    write_lines(
        folder / f"personas_{language}.jsonl",
        [
            {"userid": user, basic: {kind: {name: user.lower(), "Age": "40-45"}}, "Health": {"Knee": "sore"}}
            for user in ("User1", "User2", "User3")
        ],
    )
    write_lines(
        folder / "pairs250.jsonl",
        [
            {"id": 1, "domain": "Travel", "taskid": 7, "userid": "User1"},
            {"id": 2, "domain": "Travel", "taskid": 7, "userid": "User2"},
            {"id": 3, "domain": "Law", "taskid": 8, "userid": "User1"},
        ],
    )
    return folder
