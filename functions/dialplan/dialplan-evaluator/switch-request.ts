import * as z from 'zod';
import { AppError, commonErrors, missingField } from '#errors.ts';
import { CallId } from '#schema/values.ts';
import { isBrokenNumber } from '#telephony/dialed-number.ts';
import { dialable } from '#telephony/dialed-string.ts';
import { readDialed } from '#telephony/dialed-user.ts';
import type { NumberOrigin } from '#telephony/number-format.ts';
import { strangeCharacterIn } from '#telephony/written-number.ts';

/** Why a text cannot be dialed. */
function undialable({ input }: { readonly input?: unknown }): string {
  const strange = strangeCharacterIn(String(input), /^[0-9A-Za-z*#+._@-]$/);
  const rule =
    'must be 1 to 64 characters of 0-9 * # + letters - . _ @, and no two numbers: a + comes once, before digits';
  return strange === undefined ? rule : `${rule}; has ${strange}`;
}

/** What can be dialed, as a rule of a text. Rejected with 400, as it is not a rule of the body. */
const isDialable = [
  (dialed: string): boolean => dialable.test(dialed),
  { error: undialable, params: commonErrors.INVALID_PARAMETER },
] as const;

/** A dialed string as a switch has it: its answer names this text. */
const SwitchString = z
  .string()
  .trim()
  .refine(...isDialable);

/** A dialed string, read as the user of a SIP URI is. SIP user names and URIs can be dialed too. */
export const DialedString = z
  .string()
  .trim()
  .overwrite(readDialed)
  .refine(...isDialable);

/**
 * Rejects a number with keys or letters behind it, as the SIP service does: a policy whose pattern has no end would
 * allow the number, and a carrier might connect it.
 * @throws AppError INVALID_PARAMETER
 */
export function assertWholeNumber(called: string, origin: NumberOrigin, path: string): void {
  if (!isBrokenNumber(called, origin)) return;
  const message = 'must be a number alone: keys and letters behind a number are not cut off';
  throw new AppError('INVALID_PARAMETER', `${path}: ${message}`, { details: [{ path, message }] });
}

/** The form that mod_xml_curl of FreeSWITCH sends: the section and the channel variables, few of which are read. */
export const SwitchRequest = z
  .looseObject({
    section: z.string().default('dialplan').describe('Any other section than `dialplan` is answered with `not found`'),
    'Caller-Destination-Number': z.string().optional().describe('The dialed string'),
    'Caller-Caller-ID-Number': z.string().optional().describe('The number of the caller'),
    'Caller-Privacy-Hide-Number': z.string().optional().describe('`true`: the number of the caller is withheld'),
    'Unique-ID': z
      .string()
      .optional()
      .describe('Id of the call, which its CDR must have as `call_id`; without a printable one the call gets an id'),
    'Caller-Context': z
      .string()
      .optional()
      .describe('Name of the context, which the answer repeats; `org_1001` names the organization'),
    'Hunt-Destination-Number': z
      .string()
      .optional()
      .describe('The dialed string of a transfer; takes precedence over `Caller-Destination-Number`'),
    'Hunt-Context': z.string().optional().describe('The context of a transfer; takes precedence over `Caller-Context`'),
    variable_domain_name: z.string().optional().describe('Accepted and not used'),
    variable_trunkline_user_id: z
      .string()
      .max(128)
      .optional()
      .describe('Id of the calling user, if the switch knows it; its groups count'),
  })
  .meta({ id: 'FreeswitchQuestion' });
export type SwitchRequest = z.output<typeof SwitchRequest>;

/** The call that a switch asks about. */
export type SwitchCall = {
  readonly called: string;
  /** Undefined: withheld. */
  readonly caller: string | undefined;
  readonly userId: string | undefined;
  /** Undefined: the switch names none that a CDR may have. */
  readonly callId: string | undefined;
  readonly context: string;
  /** The organization that the context names. */
  readonly organization: number | null;
};

/**
 * The call in a request of the switch; null if the request is for another section than the dial plan.
 * @throws AppError MISSING_FIELD or INVALID_PARAMETER
 */
export function parseSwitchRequest(form: SwitchRequest): SwitchCall | null {
  if (form.section !== 'dialplan') return null;
  const called = form['Hunt-Destination-Number'] ?? form['Caller-Destination-Number'];
  const context = form['Hunt-Context'] ?? form['Caller-Context'] ?? '';
  const path = 'Caller-Destination-Number';
  if (called === undefined) throw missingField(path);
  const dialed = SwitchString.safeParse(called);
  if (!dialed.success) {
    const message = dialed.error.issues[0]?.message ?? 'cannot be dialed';
    throw new AppError('INVALID_PARAMETER', `${path}: ${message}`, { details: [{ path, message }] });
  }
  return {
    called: dialed.data,
    caller: form['Caller-Privacy-Hide-Number'] === 'true' ? undefined : form['Caller-Caller-ID-Number'],
    // The switch sends an unset variable as an empty one.
    userId: form.variable_trunkline_user_id === '' ? undefined : form.variable_trunkline_user_id,
    callId: CallId.safeParse(form['Unique-ID']).data,
    context,
    organization: organizationIn(context),
  };
}

function organizationIn(context: string): number | null {
  const digits = /^org_([1-9][0-9]{3,11})$/.exec(context)?.[1];
  return digits === undefined ? null : Number(digits);
}
