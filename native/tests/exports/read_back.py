"""Reads exports of traces with tools that are not Loopscope's, and prints what they find as JSON.

`read_back.py perfetto FILE` decodes Perfetto's protobuf against the schema that Perfetto publishes;
`read_back.py parquet FILE...` asks DuckDB.
"""

import collections
import json
import sys


def perfetto(path):
    from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as schema

    trace = schema.Trace()
    with open(path, "rb") as file:
        trace.ParseFromString(file.read())
    kinds = schema.TrackEvent
    tracks, unknown_fields = {}, 0
    begun, depth, calls, instants = {}, collections.Counter(), collections.Counter(), collections.Counter()
    slept, lives, counters, flows = 0, collections.Counter(), {}, [[], []]
    problems = []
    for packet in trace.packet:
        # What the schema does not know survives parsing and makes the message longer than its known fields.
        known = type(packet)()
        known.CopyFrom(packet)
        known.DiscardUnknownFields()
        unknown_fields += packet.ByteSize() != known.ByteSize()
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            tracks[track.uuid] = track
        if not packet.HasField("track_event"):
            continue
        event = packet.track_event
        track = tracks.get(event.track_uuid)
        if track is None:
            problems.append(f"an event is on the track {event.track_uuid}, which is not described")
            continue
        if event.type == kinds.TYPE_SLICE_BEGIN:
            begun.setdefault(event.track_uuid, []).append((packet.timestamp, event.name))
            if track.HasField("thread"):
                calls[event.name] += 1
            else:
                lives[track.name] += 1
        elif event.type == kinds.TYPE_SLICE_END:
            if not begun.get(event.track_uuid):
                problems.append(f"a slice ends on {track.name} that has not begun")
                continue
            at, _ = begun[event.track_uuid].pop()
            if packet.timestamp < at:
                problems.append(f"a slice on {track.name} ends before it begins")
            depth[event.track_uuid] = max(depth[event.track_uuid], len(begun[event.track_uuid]) + 1)
            if track.HasField("thread"):
                slept += packet.timestamp - at
        elif event.type == kinds.TYPE_COUNTER:
            counters.setdefault(track.name, []).append(event.counter_value)
        elif event.type == kinds.TYPE_INSTANT:
            instants["descriptor" if track.name.startswith("fd ") else "other"] += 1
        for flow in event.flow_ids:
            flows[0].append(flow)
        for flow in event.terminating_flow_ids:
            flows[1].append(flow)
    parents = {track.uuid: track.parent_uuid for track in tracks.values() if track.HasField("parent_uuid")}
    problems += [f"{uuid} is below nothing" for uuid, parent in parents.items() if parent not in tracks]
    return {
        "packets": len(trace.packet),
        "unknown_fields": unknown_fields,
        "problems": problems,
        "processes": sorted(t.process.process_name for t in tracks.values() if t.HasField("process")),
        "threads": sorted(t.thread.thread_name for t in tracks.values() if t.HasField("thread")),
        "descriptors": sorted(t.name for t in tracks.values() if t.name.startswith("fd ")),
        "deepest": max(depth.values(), default=0),
        "still_open": sorted(name for slices in begun.values() for _, name in slices),
        "calls": calls,
        "lives": sum(lives.values()),
        "instants": instants,
        "counters": {name: {"last": values[-1], "most": max(values)} for name, values in counters.items()},
        "flows": len(flows[0]),
        "flows_match": sorted(flows[0]) == sorted(flows[1]) and len(set(flows[0])) == len(flows[0]),
    }


def parquet(*paths):
    import duckdb

    events = "read_parquet(" + str(list(paths)) + ", filename = true)"

    def ask(question):
        return duckdb.sql(question.format(events=events)).fetchall()

    about = "SELECT decode(value) FROM parquet_kv_metadata('" + paths[0] + "') WHERE decode(key) = 'loopscope'"
    return {
        "rows": ask("SELECT count(*), min(seq), max(seq), count(DISTINCT filename) FROM {events}")[0],
        "calls": dict(ask("SELECT call, count(*) FROM {events} WHERE event = 'Exit' GROUP BY call")),
        "eagain": ask("SELECT count(*) FROM {events} WHERE error = 'EAGAIN'")[0][0],
        "received": int(ask("SELECT sum(ret) FROM {events} WHERE event = 'Exit' AND call IN ('recv', 'read')")[0][0]),
        "took_ns": int(ask("SELECT sum(took_ns) FROM {events} WHERE event = 'Exit'")[0][0]),
        "sources": sorted(row[0] for row in ask("SELECT DISTINCT source FROM {events} WHERE source IS NOT NULL")),
        "said": ask("SELECT says FROM {events} ORDER BY filename, seq LIMIT 1")[0][0],
        "payload": int(ask("SELECT sum(octet_length(payload)) FROM {events}")[0][0]),
        "about": json.loads(duckdb.sql(about).fetchall()[0][0]),
    }


if __name__ == "__main__":
    print(json.dumps({"perfetto": perfetto, "parquet": parquet}[sys.argv[1]](*sys.argv[2:])))
