import { platformRow, row } from '../row.ts';

/** The number of a subject's requests in a window of one minute. */
export const rateRow = platformRow<
  'rate',
  { subject: string; minute: number; used: number },
  { subject: string; minute: number },
  { subject: string; minute: number }
>('rate', {
  partition: ({ subject, minute }) => [subject, String(minute)],
  sort: () => 'window',
});

/** A request with an `Idempotency-Key`, and its answer (shared/http/README.md, "Idempotency"). */
export type IdempotencyItem = {
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  /** SHA-256 (hex) of path, query and body. */
  readonly request_hash: string;
  readonly attempt: string;
  /** Id of the first of the attempts that have died; absent in older records. */
  readonly first_attempt?: string;
  readonly state: 'running' | 'done';
  /** Unix milliseconds until which the attempt counts as running. */
  readonly running_until: number;
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly base64?: true;
  };
  /** Unix seconds. */
  readonly expires_at: number;
};

export const idempotencyRow = row<
  'idempotency',
  IdempotencyItem,
  { principal: string; route: string; key: string },
  { principal: string }
>('idempotency', {
  partition: ({ principal }) => [principal],
  sort: ({ route, key }) => `${route}#${key}`,
  expires: (item) => item.expires_at,
});
