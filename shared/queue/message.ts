import * as z from 'zod';

/** Why a message does not parse. It is moved to the dead-letter queue and not retried. */
export type UnreadableReason = 'NOT_JSON' | 'UNKNOWN_SCHEMA' | 'INVALID_MESSAGE';

export type ReadMessage<M> =
  | { readonly message: M }
  /** `problem`: a sentence for the operator of the dead-letter queue. */
  | { readonly reason: UnreadableReason; readonly problem: string };

/** Parses a body as a contract's message, whose field `schema` has its form and version (`cdr.v1`). */
export function readMessage<S extends z.ZodType>(schema: S, body: string): ReadMessage<z.output<S>> {
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch {
    return { reason: 'NOT_JSON', problem: 'The body is not JSON' };
  }
  const { success, data: message, error } = schema.safeParse(content);
  if (success) return { message };
  const isOtherSchema = error.issues.some(({ path }) => path.length === 0 || path[0] === 'schema');
  return { reason: isOtherSchema ? 'UNKNOWN_SCHEMA' : 'INVALID_MESSAGE', problem: z.prettifyError(error) };
}
