import { isObject, listIn } from '../../json-value.ts';
import type { FormValues } from '../kit/form-fields.ts';

/** What an answer says, without its envelope. */
export const contentOf = (answer: unknown): unknown => (isObject(answer) && 'data' in answer ? answer['data'] : answer);

/** The resource in an answer: with an envelope, or as it is. */
export const resourceIn = (answer: unknown): FormValues => {
  if (!isObject(answer)) return {};
  return isObject(answer['data']) ? answer['data'] : answer;
};

type Answered = { readonly values: FormValues; readonly warnings: readonly string[] };

export const answered = (answer: unknown): Answered => {
  const { warnings } = isObject(answer) ? answer : { warnings: [] };
  return { values: resourceIn(answer), warnings: listIn(warnings).map(String) };
};
