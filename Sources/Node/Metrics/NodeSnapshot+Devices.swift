extension NodeSnapshot.Flash {
  var families: [MetricFamily] {
    [
      .counter(
        "tarn_flash_operations_total", "Blocks read, written and moved for cleaning.", by: "kind",
        [("read", reads), ("write", writes), ("move", moves)]),
      .counter("tarn_flash_read_bytes_total", "Bytes read from the device.", bytesRead),
      .counter("tarn_flash_written_bytes_total", "Bytes written to the device.", bytesWritten),
      .counter(
        "tarn_flash_corrupt_total", "Blocks whose checksum or key was not what was stored.",
        corrupt),
      .counter(
        "tarn_flash_failures_total", "Operations that the device failed.", by: "kind",
        [("read", readsFailed), ("write", writesFailed)]),
      .counter(
        "tarn_flash_writes_refused_total", "Writes not tried because the device had just failed.",
        writesRefused),
      .gauge(
        "tarn_flash_operations_under_way", "Operations that the device has not ended.",
        .count(operationsUnderWay)),
      .gauge(
        "tarn_flash_recovered_blocks", "Blocks that the last run left.", .count(recoveredBlocks)),
      .gauge(
        "tarn_flash_recovery_seconds", "How long finding them took.", .number(recoverySeconds)),
      .gauge(
        "tarn_flash_healthy", "0 if the tier works in part only.", .count(isHealthy ? 1 : 0)),
    ]
  }
}

extension NodeSnapshot.Peers {
  var families: [MetricFamily] {
    let cell = [MetricFamily.Label("cell", self.cell)]
    return [
      .gauge(
        "tarn_cell_members", "Members of the cell as this node sees it, itself included.",
        [(cell, .count(members))]),
      .gauge("tarn_peer_links_up", "Open links to and from peers.", [(cell, .count(linksUp))]),
      .gauge(
        "tarn_cell_view_age_seconds", "Time since this node's view of the cell was made new.",
        [(cell, .number(viewAgeSeconds))]),
      .counter(
        "tarn_peer_frames_total", "Messages to and from peers.", by: "direction",
        [("sent", framesSent), ("received", framesReceived)]),
      .counter(
        "tarn_peer_bytes_total", "Bytes to and from peers.", by: "direction",
        [("sent", bytesSent), ("received", bytesReceived)]),
      .counter(
        "tarn_peer_drops_total", "Messages to and from peers that were dropped.", by: "reason",
        drops.map { ($0.reason, $0.count) }),
    ]
  }
}

extension NodeSnapshot.HTTP {
  var families: [MetricFamily] {
    let requests = requests.map { request in
      let labels = [
        MetricFamily.Label("operation", request.operation),
        MetricFamily.Label("status", "\(request.statusClass)xx"),
      ]
      return (labels, request.count)
    }
    return [
      .gauge(
        "tarn_http_connections_open", "Open connections of clients.", .count(connectionsOpen)),
      .counter(
        "tarn_http_connections_total", "Connections of clients that were accepted.",
        connectionsAccepted),
      .counter("tarn_http_requests_total", "Requests answered.", requests),
      .counter(
        "tarn_http_bytes_total", "Bytes to and from clients.", by: "direction",
        [("sent", bytesSent), ("received", bytesReceived)]),
      .counter(
        "tarn_http_refused_total", "Connections and requests turned away.", by: "reason",
        refused.map { ($0.reason, $0.count) }),
    ]
  }
}

extension NodeSnapshot {
  var processFamilies: [MetricFamily] {
    var families = process?.families ?? []
    if let allocatedBytes {
      families.append(
        .gauge(
          "tarn_allocated_bytes", "Heap that the allocator has given out.", .count(allocatedBytes)))
    }
    if let recording {
      families += [
        .counter(
          "tarn_recording_records_total", "Requests written to traces.", recording.records),
        .counter(
          "tarn_recording_drops_total", "Requests that traces lack because the disk was too slow.",
          recording.drops),
      ]
    }
    return families
  }
}
