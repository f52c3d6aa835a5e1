import type { ResponseFormatName } from '#contract/response-formats.ts';
import type { Problem } from '#errors.ts';
import type { DataAnswer, PageAnswer } from '../answer.ts';
import { bare } from './bare.ts';
import { dialplan } from './dialplan.ts';
import { reference } from './reference.ts';
import { standard } from './standard.ts';
import { voipbin } from './voipbin.ts';

/** How answers are wrapped. A contract names its format; no handler knows it. */
export type ResponseFormat = {
  readonly success: (answer: DataAnswer) => unknown;
  /** @param name the name of the list, if the format uses one */
  readonly list: (answer: PageAnswer, name: string) => unknown;
  /** The format's own JSON error. Without one an error is JSON or XML by `Accept`. */
  readonly error?: (error: Problem, requestId: string) => unknown;
};

export const formats: Readonly<Record<ResponseFormatName, ResponseFormat>> = {
  standard,
  dialplan,
  reference,
  voipbin,
  bare,
};
