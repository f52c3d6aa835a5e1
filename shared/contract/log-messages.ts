/** The line that a broken response contract leaves: written by `shared/http/pipeline.ts`, counted by an alarm. */
export const invalidResponseMessage = 'invalid response';
