import type * as z from 'zod';
import type { EmptyAnswer, Endpoint, ListAnswer, RawAnswer } from '../../contract/endpoint.ts';
import type { AppError } from '../../errors.ts';
import type { Page } from '../../dynamodb/page.ts';
import type { Write } from '../../dynamodb/write.ts';

/** A handler's answer: data or a page for the response format to wrap, a document sent unchanged, or nothing. */
export type Answer = DataAnswer | PageAnswer | DocumentAnswer | NoAnswer;

export type Extras = {
  /** A sentence next to the data, on PUT, POST and DELETE. */
  readonly message?: string;
  readonly warnings?: readonly string[];
  /** Sent as a strong `ETag`. */
  readonly version?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields of the data that an answer stored for an `Idempotency-Key` leaves out: secrets. */
  readonly shownOnce?: readonly string[];
  /** The figures of a page that is part of the data. */
  readonly figures?: Omit<Page<unknown>, 'items'>;
};

export type DataAnswer<S extends number = number, D = unknown> = Extras & {
  readonly kind: 'data';
  readonly status: S;
  readonly data: D;
};
export type PageAnswer<S extends number = number, I = unknown> = Extras & {
  readonly kind: 'page';
  readonly status: S;
  readonly page: Page<I>;
  /** Fields next to the list. */
  readonly beside?: Readonly<Record<string, unknown>>;
};
/** A document without an envelope. Bytes (an image, a compressed file) are sent unchanged. */
export type DocumentAnswer<S extends number = number> = Extras & {
  readonly kind: 'document';
  readonly status: S;
  readonly contentType: string;
  readonly body: string | Uint8Array;
};

/** An answer without a body. */
export type NoAnswer = Extras & { readonly kind: 'empty'; readonly status: 204 };

/** It is done, and there is nothing to say. */
export const nothing: NoAnswer = { kind: 'empty', status: 204 };

export const ok = <D>(content: D, extras: Extras = {}): DataAnswer<200, D> => ({
  kind: 'data',
  status: 200,
  data: content,
  ...extras,
});
export const created = <D>(content: D, extras: Extras = {}): DataAnswer<201, D> => ({
  kind: 'data',
  status: 201,
  data: content,
  ...extras,
});
/** The work continues after the answer, which names where to look up its result. */
export const accepted = <D>(content: D): DataAnswer<202, D> => ({ kind: 'data', status: 202, data: content });
export const page = <I>(of: Page<I>, beside?: Readonly<Record<string, unknown>>): PageAnswer<200, I> =>
  beside === undefined ? { kind: 'page', status: 200, page: of } : { kind: 'page', status: 200, page: of, beside };
/** A document without an envelope: XML, HTML, the JWKS, a file. */
export const document = (
  contentType: string,
  body: DocumentAnswer['body'],
  headers: Readonly<Record<string, string>> = {},
): DocumentAnswer<200> => ({ kind: 'document', status: 200, contentType, body, headers });

/** The content is at another URL, which the client gets with GET (RFC 9110, section 15.4.4). */
export const seeOther = (url: string): DocumentAnswer<303> => ({
  kind: 'document',
  status: 303,
  contentType: 'text/plain; charset=utf-8',
  body: url,
  headers: { Location: url },
});

/** Writes that the pipeline commits in one transaction before it sends the answer. */
export type Change<A extends Answer = Answer, N extends string = string> = {
  readonly kind: 'change';
  readonly writes: readonly Write<N>[];
  readonly answer: A;
};

export const commits = <A extends Answer, N extends string>(writes: readonly Write<N>[], answer: A): Change<A, N> => ({
  kind: 'change',
  writes,
  answer,
});

/** Writes that are committed although the request fails: a failed log-in is counted, for example. */
export type CommittedFailure<N extends string = string> = {
  readonly kind: 'failure';
  readonly writes: readonly Write<N>[];
  readonly error: AppError;
};

export const commitsThenThrows = <N extends string>(
  writes: readonly Write<N>[],
  error: AppError,
): CommittedFailure<N> => ({
  kind: 'failure',
  writes,
  error,
});

type AnswerFor<S extends number, Declared> =
  Declared extends ListAnswer<infer I>
    ? PageAnswer<S, z.input<I>>
    : Declared extends RawAnswer
      ? DocumentAnswer<S>
      : Declared extends z.ZodType
        ? DataAnswer<S, z.input<Declared>>
        : Declared extends EmptyAnswer
          ? NoAnswer
          : never;

type AnswersOf<Declared> =
  | { [S in keyof Declared & number]: AnswerFor<S, Declared[S]> }[keyof Declared & number]
  | (Declared extends { readonly default: RawAnswer } ? DocumentAnswer : never);

/** The answers that a contract declares. `alsoAnswers` adds a document to the data of status 200 (`format=xml`). */
export type AnswerOf<E extends Endpoint> =
  | AnswersOf<E['answers']>
  | (E extends { readonly alsoAnswers: RawAnswer } ? DocumentAnswer<200> : never);
