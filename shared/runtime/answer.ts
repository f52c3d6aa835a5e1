import type * as z from 'zod';
import type { Answering } from '../contract/resource.ts';
import { contextOf, type BackgroundContext } from './background-context.ts';
import type { Dependencies } from './dependencies.ts';

/** Makes the Lambda handler of a function that answers others. A question that does not parse is an error. */
export function answer<A extends Answering>(
  of: A,
  decide: (question: z.output<A['question']>, context: BackgroundContext<A>) => Promise<z.output<A['answer']>>,
  dependencies: Dependencies,
): (event: unknown) => Promise<z.output<A['answer']>> {
  const context = contextOf(of, dependencies);
  return (event) => decide(of.question.parse(event) as z.output<A['question']>, context);
}
