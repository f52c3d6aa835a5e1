import * as z from 'zod';
import { text } from '#schema/values.ts';

/** Call flows as they are stored: steps that a call walks through (functions/telephony/call-flows/README.md). */

export const flowLimits = {
  /** Steps of a flow. */
  steps: 200,
  /** Bytes (UTF-8) of the JSON of a flow. */
  bytes: 65_536,
  /** Patterns of all branches of a flow. */
  patterns: 50,
  /** Flows of an organization. */
  flows: 1_000,
  /** UTF-16 units of the value of a variable. */
  variable: 256,
  /** Variables of a call. */
  variables: 64,
  /** `max_silence_seconds` of a flow that has none. */
  silence: 60,
} as const;

/** `__proto__` is no name, as an object cannot have it. */
const stepName = /^(?!__proto__$)[a-z0-9_-]{1,32}$/;
const variableName = /^(?:[a-z][a-z0-9_]{0,31}|header\.[a-z0-9_]{1,64})$/;
const ownVariableName = /^[a-z][a-z0-9_]{0,31}$/;

export const StepName = z.string().regex(stepName, 'must have 1 to 32 of a-z, 0-9, _ and -');
const Exit = (when: string) => StepName.optional().describe(`${when}; absent: the call ends`);
const next = Exit('The step after it');

const VariableName = z.string().regex(variableName, 'must be the name of a variable, such as order or header.x_order');
const OwnVariable = z.string().regex(ownVariableName, 'must be the name of a variable, such as order');

/** Whether a step may set a variable of this name. */
export const ownVariable = (name: string): boolean => ownVariableName.test(name);

const Digit = z.string().regex(/^[0-9*#]$/, 'must be a digit, * or #');
const seconds = (max: number, min = 1) => z.int().min(min).max(max);

/** How the variables in a text are said. */
const spokenForms = ['text', 'digits', 'number', 'date', 'time'] as const;
export type SpokenForm = (typeof spokenForms)[number];

const SoundFile = z
  .strictObject({ file: z.string().max(81).describe('Id of a file of kind `sound`') })
  .meta({ id: 'SoundPart' });
const SpokenText = z
  .strictObject({
    say: text(1_000, 1).describe('Text to say; `{{name}}` stands for a variable'),
    language: text(16, 2).optional().describe('Language (BCP 47); absent: that of the call'),
    as: z.enum(spokenForms).optional().describe('How variables are said; absent: `text`'),
  })
  .meta({ id: 'SpokenPart' });
const Part = z.union([SoundFile, SpokenText], 'must have either file or say');

/** What is played, in this order. */
const Prompt = z
  .union([Part, z.array(Part).min(1).max(20)], 'must be a part with file or say, or a list of at most 20 of them')
  .meta({ id: 'Prompt' });
export type Prompt = z.output<typeof Prompt>;
export type PromptPart = z.output<typeof Part>;

const prompt = Prompt.describe('What is played');
const optionalPrompt = Prompt.optional().describe('What is played; absent: nothing');
const interruptible = z.boolean().default(true).describe('Whether a digit that the step waits for stops the prompt');
const clear = z.boolean().default(false).describe('Whether digits that were typed ahead are dropped');

const PlayStep = z.object({
  type: z.literal('play').describe('Plays a prompt'),
  prompt,
  answer: z.boolean().default(true).describe('Whether the call is answered first; else it is early media, 60 s in all'),
  next,
});

const MenuStep = z.object({
  type: z.literal('menu').describe('Asks for a digit'),
  prompt: optionalPrompt,
  tries: z.int().min(1).max(9).default(3).describe('How often it asks'),
  timeout_seconds: seconds(30).default(5).describe('Wait for the digit after the prompt, seconds'),
  choices: z
    .record(Digit, StepName.describe('The step of the digit'))
    .refine((choices) => Object.keys(choices).length > 0, 'must have a choice')
    .describe('The step of each digit'),
  interruptible,
  clear,
  invalid: Exit('The step after a last try with another digit'),
  timeout: Exit('The step after a last try without a digit'),
});

const CollectStep = z.object({
  type: z.literal('collect').describe('Asks for several digits'),
  prompt: optionalPrompt,
  min: z.int().min(0).max(32).default(1).describe('Fewest digits'),
  max: z.int().min(1).max(32).describe('Most digits; the step ends with the last of them'),
  end_key: Digit.nullable().default('#').describe('Ends the input; null: none does'),
  timeout_seconds: seconds(30).default(5).describe('Wait for each digit, seconds'),
  into: OwnVariable.describe('The variable that gets the digits'),
  interruptible,
  clear,
  next,
  timeout: Exit('The step if the wait ends before there are `min` digits'),
  invalid: Exit('The step if the end key comes before there are `min` digits'),
});

const TimeStep = z.object({
  type: z.literal('time').describe('Decides by a schedule'),
  schedule: z.string().max(81).describe('Id of the schedule'),
  open: Exit('The step while it is open'),
  closed: Exit('The step while it is closed'),
  holiday: StepName.optional().describe('The step on its holidays; absent: that of `closed`'),
});

/** Integers of at most 15 digits are exact. */
const Bound = z.int().min(-1e15).max(1e15);

const Condition = z
  .object({
    variable: VariableName.describe('The variable that is looked at'),
    equals: text(256).optional().describe('It has this value'),
    prefix: text(256, 1).optional().describe('It begins with this text'),
    in: z.array(text(256)).min(1).max(100).optional().describe('It has one of these values'),
    matches: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('It matches this regular expression (RE2, up to 100 instructions; up to 50 in a flow)'),
    between: z.tuple([Bound, Bound]).optional().describe('It is a whole number from the first to the second'),
    to: StepName.describe('The step if this holds'),
  })
  .refine(
    ({ equals, prefix, in: list, matches, between }) =>
      [equals, prefix, list, matches, between].filter((given) => given !== undefined).length === 1,
    'must have exactly one of equals, prefix, in, matches and between',
  )
  .meta({ id: 'FlowCondition' });
export type FlowCondition = z.output<typeof Condition>;

const BranchStep = z.object({
  type: z.literal('branch').describe('Decides by variables'),
  when: z.array(Condition).min(1).max(50).describe('The first that holds decides'),
  else: Exit('The step if none holds'),
});

const SetStep = z.object({
  type: z.literal('set').describe('Sets variables'),
  variables: z
    .record(OwnVariable, text(256).describe('Its value; `{{name}}` stands for a variable'))
    .refine((variables) => Object.keys(variables).length <= 10, 'must have at most 10 variables')
    .describe('Values by name'),
  next,
});

const DialTarget = z.union(
  [
    text(64, 1).describe('A number or an extension; `{{name}}` stands for a variable'),
    z.strictObject({ user: z.string().max(81).describe('Id of a user') }),
    z.strictObject({ ring_group: z.string().max(81).describe('Id of a ring group') }),
  ],
  'must be a number, or have user or ring_group',
);
export type DialTarget = z.output<typeof DialTarget>;

/** In place of a number to present: that of the caller, where the gateway or trunk accepts it. */
export const originalCaller = 'original';

export const dialStrategies = ['all', 'in_order', 'random', 'longest_idle'] as const;

const DialStep = z.object({
  type: z.literal('dial').describe('Calls others'),
  to: z.array(DialTarget).min(1).max(20).describe('Whom it calls'),
  strategy: z.enum(dialStrategies).default('all').describe('In which order they ring'),
  ring_seconds: seconds(300, 5).default(20).describe('How long it rings, seconds'),
  caller_id: text(32, 1)
    .optional()
    .describe(
      'An own number (E.164), or `original`: the caller’s, where the gateway or trunk accepts it ' +
        '(`foreign_caller_id`); absent: that of the organization',
    ),
  music: z.string().max(81).optional().describe('File of kind `sound` that the caller hears; absent: a ringing tone'),
  announce: Prompt.optional().describe('What the called party hears before the calls are joined, a minute at most'),
  accept_key: Digit.optional().describe(
    'The digit by which the called party accepts, within 10 s after the announcement; absent: none is needed',
  ),
  busy: Exit('The step if all are busy'),
  no_answer: Exit('The step if none answers'),
  unreachable: Exit('The step if none can be reached'),
  denied: Exit('The step if the dial plan denies it'),
  after: Exit('The step when the called party hangs up and the caller does not'),
});

const VoicemailStep = z.object({
  type: z.literal('voicemail').describe('Takes a message'),
  mailbox: text(32, 1).describe('Number of the mailbox'),
  greeting: Prompt.optional().describe('What is played first; absent: the greeting of the mailbox'),
  next: Exit('The step after the deposit'),
});

const MailboxStep = z.object({
  type: z.literal('mailbox').describe('Lets the caller hear a mailbox, after its number and PIN; then the call ends'),
});

const RecordStep = z.object({
  type: z.literal('record').describe('Records the caller'),
  max_seconds: seconds(3_600).default(60).describe('Longest recording, seconds'),
  beep: z.boolean().default(true).describe('Whether a tone starts it'),
  end_keys: z
    .string()
    .regex(/^[0-9*#]{0,12}$/, 'must be digits, * or #')
    .default('#')
    .describe('Digits that end it'),
  into: OwnVariable.describe('The variable that gets the id of the file'),
  next,
});

const WebhookStep = z.object({
  type: z.literal('webhook').describe('Asks a server of yours'),
  url: z.string().max(2_048).describe('URL (https)'),
  timeout_seconds: seconds(10).default(5).describe('Wait for the answer, seconds'),
  send: z.array(VariableName).max(32).default([]).describe('Variables that are sent'),
  next: Exit('The step after an answer with variables, or after the steps of the answer'),
  failed: Exit('The step without an answer that can be used'),
});

const SmsStep = z
  .object({
    type: z.literal('sms').describe('Sends a text message'),
    to: text(64, 1).describe('Number of a mobile phone, of 7 digits or more; `{{name}}` stands for a variable'),
    text: text(1_000, 1).optional().describe('Text; `{{name}}` stands for a variable'),
    template: z
      .string()
      .max(81)
      .optional()
      .describe('Id of an e-mail template of the organization, whose text part is sent in place of a text'),
    next,
    failed: Exit('The step if it cannot be sent'),
  })
  .refine((step) => (step.text === undefined) !== (step.template === undefined), 'must have either text or template');

const GotoStep = z
  .object({
    type: z.literal('goto').describe('Goes on elsewhere'),
    flow: z.string().max(81).optional().describe('Id of the flow; absent: this one'),
    step: StepName.optional().describe('The step; absent: the first of the flow'),
  })
  .refine(({ flow, step }) => flow !== undefined || step !== undefined, 'must have flow or step');

const DtmfStep = z.object({
  type: z.literal('dtmf').describe('Sends digits'),
  digits: z
    .string()
    .regex(/^[0-9*#A-D]{1,32}$/, 'must be 1 to 32 digits, *, # or A to D')
    .describe('The digits'),
  next,
});

const PauseStep = z.object({
  type: z.literal('pause').describe('Waits'),
  seconds: seconds(60).describe('How long, seconds'),
  next,
});

const ParkStep = z.object({
  type: z.literal('park').describe('Parks the call in a slot, until a phone fetches it'),
  timeout_seconds: seconds(3_600, 5).default(120).describe('How long it waits in the slot, seconds'),
  timeout: Exit('The step if no phone fetches it in time'),
  full: Exit('The step if no slot is free'),
  after: Exit('The step when the phone that fetched it hangs up and the caller does not'),
});

export const hangUpReasons = ['normal', 'busy', 'rejected'] as const;

const HangUpStep = z.object({
  type: z.literal('hangup').describe('Ends the call'),
  reason: z.enum(hangUpReasons).default('normal').describe('Why; before an answer the caller gets 480, 486 or 603'),
});

/** Steps that a call can walk through. */
const FlowStep = z
  .discriminatedUnion('type', [
    ...([PlayStep, MenuStep, CollectStep, TimeStep, BranchStep, SetStep, DialStep, VoicemailStep] as const),
    ...([MailboxStep, RecordStep, WebhookStep, SmsStep, GotoStep, DtmfStep, PauseStep, ParkStep, HangUpStep] as const),
  ])
  .meta({ id: 'FlowStep' });
export type FlowStep = z.output<typeof FlowStep>;
export type StepOf<T extends FlowStep['type']> = Extract<FlowStep, { readonly type: T }>;

const stepsOf = <S extends z.ZodType>(form: S) =>
  z
    .record(StepName, form)
    .refine((steps) => Object.keys(steps).length > 0, 'must have a step')
    .refine((steps) => Object.keys(steps).length <= flowLimits.steps, `must have at most ${flowLimits.steps} steps`);

/** Steps by name. */
export const FlowSteps = stepsOf(FlowStep);
export type FlowSteps = Readonly<Record<string, FlowStep>>;

/** Steps that no call can carry out yet. */
const LaterStep = z
  .object({ type: z.enum(['queue', 'conference']).describe('Not supported yet') })
  .meta({ id: 'LaterFlowStep' });

/** Steps as they are sent. */
export const SentSteps = stepsOf(z.discriminatedUnion('type', [FlowStep, LaterStep]));
export type SentSteps = z.output<typeof SentSteps>;

/** Whether calls can carry out a step. */
export const isSupported = (step: SentSteps[string]): step is FlowStep => !LaterStep.safeParse(step).success;

/** What a call walks through. */
export type Walkable = {
  readonly id: string;
  readonly version: number;
  readonly language: string;
  /** Name of the first step. */
  readonly start: string;
  readonly steps: FlowSteps;
  /** Policy that may allow what is dialed from a variable; null: own extensions only. */
  readonly external_policy: string | null;
  /** Seconds without input after which a step that is entered again ends the call. Absent in earlier versions. */
  readonly max_silence_seconds?: number;
};

/** A flow as stored. */
export type CallFlow = Walkable & {
  readonly name: string;
  /** Absent in earlier versions. */
  readonly extension?: string | null;
  readonly enabled: boolean;
  readonly created_at: string;
  readonly updated_at: string;
};

/** What lists show of a flow. */
export type FlowHead = Omit<CallFlow, 'steps'> & {
  /** Number of its steps. */
  readonly step_count: number;
  /** Changes with each new reference to the flow; undefined: there never was one. */
  readonly reference_epoch?: number | undefined;
};

/** The steps that an answer of a webhook may have. */
const maxAnsweredSteps = 20;

/** What a webhook answers: variables, steps that run before those of the flow, or both. */
export const WebhookAnswer = z.object({
  variables: z.record(z.string(), z.unknown()).optional(),
  start: StepName.optional(),
  steps: FlowSteps.refine(
    (steps) => Object.keys(steps).length <= maxAnsweredSteps,
    `must have at most ${maxAnsweredSteps} steps`,
  ).optional(),
});

/** The steps that a step names, with the path of the field that does. */
export function exitsOf(step: FlowStep): readonly (readonly [path: string, to: string])[] {
  if (step.type === 'goto' && step.flow !== undefined) return [];
  const named = Object.entries(exitsByField(step)).flatMap(([path, to]): (readonly [string, string])[] =>
    to === undefined ? [] : [[path, to]],
  );
  if (step.type === 'menu')
    return [...Object.entries(step.choices).map(([digit, to]) => [`choices.${digit}`, to] as const), ...named];
  if (step.type === 'branch')
    return [...step.when.map(({ to }, index) => [`when[${index}].to`, to] as const), ...named];
  return named;
}

function exitsByField(step: FlowStep): Readonly<Record<string, string | undefined>> {
  switch (step.type) {
    case 'menu':
      return { invalid: step.invalid, timeout: step.timeout };
    case 'collect':
      return { next: step.next, timeout: step.timeout, invalid: step.invalid };
    case 'time':
      return { open: step.open, closed: step.closed, holiday: step.holiday };
    case 'branch':
      return { else: step.else };
    case 'dial': {
      const { busy, no_answer, unreachable, denied, after } = step;
      return { busy, no_answer, unreachable, denied, after };
    }
    case 'park':
      return { timeout: step.timeout, full: step.full, after: step.after };
    case 'webhook':
    case 'sms':
      return { next: step.next, failed: step.failed };
    case 'goto':
      return { step: step.step };
    case 'hangup':
    case 'mailbox':
      return {};
    default:
      return { next: step.next };
  }
}
