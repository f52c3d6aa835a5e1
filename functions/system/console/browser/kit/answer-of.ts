import type { paths } from '#openapi';

/** What an operation answers with 200, by the API's own document. */
export type AnswerOf<Method extends 'get' | 'post', Path extends keyof paths> = paths[Path][Method] extends {
  responses: { 200: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;
