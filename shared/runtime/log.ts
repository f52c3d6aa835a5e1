import { Logger } from '@aws-lambda-powertools/logger';

/** The log line of a request. It has these fields only: never a raw URL, a query string, a header or a body. */
export type RequestLine = {
  readonly method: string;
  /** The path's template (`/siptrunk/{id}`). */
  readonly route: string;
  readonly status: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly request_id: string;
  readonly principal: string | null;
  readonly organization: number | null;
  /** It failed unexpectedly: by a defect, or because a service of AWS did not answer. */
  readonly fault?: true;
};

export type Log = {
  readonly request: (line: RequestLine) => void;
  /** Logs an unexpected error with the id of its request. An alarm counts these lines. */
  readonly fault: (error: unknown, requestId: string, what?: string) => void;
  readonly note: (message: string, fields?: Readonly<Record<string, string | number>>) => void;
};

/** Logs JSON lines by Powertools Logger. */
export function logger(): Log {
  const powertools = new Logger();
  return {
    request: (line) => {
      powertools.info('request', line);
    },
    fault: (error, requestId, what = 'unexpected error') => {
      powertools.error(what, {
        request_id: requestId,
        error: error instanceof Error ? error : new Error(String(error)),
      });
    },
    note: (message, fields = {}) => {
      powertools.info(message, fields);
    },
  };
}
