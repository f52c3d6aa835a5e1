import type { ResponseFormatName } from '../../../contract/response-formats.ts';
import type { Problem } from '../../../errors.ts';
import type { DataAnswer, PageAnswer } from '../answer.ts';
import { dialplan } from './dialplan.ts';
import { reference } from './reference.ts';
import { standard } from './standard.ts';
import { voipbin } from './voipbin.ts';

/** How one document of the user's writes its answers; nothing outside this folder knows which is which. */
export type ResponseFormat = {
  readonly success: (answer: DataAnswer) => unknown;
  /** `name`: under which the items stand, where the document names them. */
  readonly list: (answer: PageAnswer, name: string) => unknown;
  /** The document's own error form, always JSON; absent: JSON or XML by Accept (auth.md, "Errors"). */
  readonly error?: (error: Problem, requestId: string) => unknown;
};

export const formats: Readonly<Record<ResponseFormatName, ResponseFormat>> = { standard, dialplan, reference, voipbin };
