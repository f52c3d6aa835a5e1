/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  createCdrTask: {
    task_type: 'reprocess',
    date_range: { start: '2026-11-01', end: '2026-11-30' },
    priority: 'high',
    dry_run: true,
  },
  updateCdrTask: { task_id: 'task_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', action: 'pause' },
};
