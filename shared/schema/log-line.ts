/** Lines of the logs of resources. */

export const logTypes = ['call', 'sip', 'error', 'debug'] as const;
export const logLevels = ['debug', 'info', 'warning', 'error'] as const;

/** A stored line. */
export type KeptLine = {
  readonly id: string;
  /** ISO 8601 UTC, with milliseconds. */
  readonly at: string;
  readonly type: (typeof logTypes)[number];
  readonly level: (typeof logLevels)[number];
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly source: string | null;
  /** Id of the import; null for lines of the platform. */
  readonly import_id: string | null;
};
