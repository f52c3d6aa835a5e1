/** Pointers to retries that are due later than a queue can wait (functions/system/README.md, "Consequences"). */

export const retryKind = 'webhook.retry';

type Retry = {
  readonly webhook_id: string;
  readonly event_id: string;
  readonly series: string;
  readonly attempt: number;
};

/** The subject of a pointer. Ids have no slash. */
export const retrySubject = ({ webhook_id, event_id, series, attempt }: Retry): string =>
  [webhook_id, event_id, series, attempt].join('/');

/** The attempt of a pointer's subject. */
export function retryOf(subject: string): Retry {
  const [webhook_id = '', event_id = '', series = '', attempt = ''] = subject.split('/');
  return { webhook_id, event_id, series, attempt: Number(attempt) };
}
