import { Logger } from '@aws-lambda-powertools/logger';

/**
 * What a request leaves in the log: this allow-list and nothing else (auth.md, "Logs"). Never a raw
 * URL, query string, header or body.
 */
export type RequestLine = {
  readonly method: string;
  /** The template, such as `/siptrunk/{id}`. */
  readonly route: string;
  readonly status: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly request_id: string;
  readonly principal: string | null;
  readonly organization: number | null;
};

export type Log = {
  readonly request: (line: RequestLine) => void;
  /** What nobody expected, with the request it belongs to. An alarm counts these lines. */
  readonly fault: (error: unknown, requestId: string, what?: string) => void;
  readonly note: (message: string, fields?: Readonly<Record<string, string | number>>) => void;
};

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
