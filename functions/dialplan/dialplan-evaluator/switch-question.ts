import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { DialedString } from './dialed-string.ts';

/** What FreeSWITCH's mod_xml_curl asks: the section, and the channel's variables, a few of which are read. */
export const SwitchForm = z
  .looseObject({
    section: z.string().default('dialplan'),
    'Caller-Destination-Number': z.string().optional().meta({ description: 'The dialed string' }),
    'Caller-Caller-ID-Number': z.string().optional(),
    'Caller-Privacy-Hide-Number': z.string().optional().meta({ description: '`true`: the caller is withheld' }),
    'Caller-Context': z
      .string()
      .optional()
      .meta({ description: '`org_1001`: the organization; its name is repeated in the answer' }),
    'Hunt-Destination-Number': z
      .string()
      .optional()
      .meta({ description: 'Sent while a call is transferred; goes before that of `Caller-`' }),
    'Hunt-Context': z.string().optional(),
    variable_domain_name: z.string().optional(),
    variable_trunkline_user_id: z
      .string()
      .max(128)
      .optional()
      .meta({ description: 'Who calls, where the switch knows it: its groups count' }),
  })
  .meta({ id: 'FreeswitchQuestion' });
export type SwitchForm = z.output<typeof SwitchForm>;

export type SwitchQuestion = {
  readonly called: string;
  readonly caller: string | undefined;
  readonly userId: string | undefined;
  readonly context: string;
  /** Whom the context names. */
  readonly organization: number | null;
};

/** Null: it asks for another section than the dial plan. @throws AppError 400 */
export function questionIn(form: SwitchForm): SwitchQuestion | null {
  if (form.section !== 'dialplan') return null;
  const called = form['Hunt-Destination-Number'] ?? form['Caller-Destination-Number'];
  const context = form['Hunt-Context'] ?? form['Caller-Context'] ?? '';
  const path = 'Caller-Destination-Number';
  if (called === undefined)
    throw new AppError('MISSING_FIELD', `Required: ${path}`, { details: [{ path, message: 'is required' }] });
  const dialed = DialedString.safeParse(called);
  if (!dialed.success) {
    const message = dialed.error.issues[0]?.message ?? 'cannot be dialed';
    throw new AppError('INVALID_PARAMETER', `${path}: ${message}`, { details: [{ path, message }] });
  }
  return {
    called: dialed.data,
    caller: form['Caller-Privacy-Hide-Number'] === 'true' ? undefined : form['Caller-Caller-ID-Number'],
    // A variable of the switch that is not set is sent as an empty one.
    userId: form.variable_trunkline_user_id === '' ? undefined : form.variable_trunkline_user_id,
    context,
    organization: organizationIn(context),
  };
}

function organizationIn(context: string): number | null {
  const digits = /^org_([1-9][0-9]{3,11})$/.exec(context)?.[1];
  return digits === undefined ? null : Number(digits);
}
