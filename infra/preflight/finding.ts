/**
 * `blocks`: the deployment fails, or the stage does not work. `limits`: something does not work or cannot grow.
 * `unknown`: no call says it.
 */
export type Finding = { readonly verdict: 'fits' | 'limits' | 'blocks' | 'unknown'; readonly text: string };

/** A line for people. */
export const findingLine = ({ verdict, text }: Finding): string => `${verdict.padEnd(8)} ${text}`;

/** Answers a question, or says that the account did not. */
export async function asked(what: string, answer: () => Promise<Finding>): Promise<Finding> {
  try {
    return await answer();
  } catch (error) {
    return { verdict: 'unknown', text: `${what}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
