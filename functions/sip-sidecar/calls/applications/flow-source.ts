import { scheduleState, type Schedule } from '#telephony/schedule.ts';
import type { Invoke } from '#runtime/invoke.ts';
import { idsOf, referencesIn } from '#functions/telephony/call-flows/flow-references.ts';
import { type CallFlow, type Walkable, FlowSteps } from '#functions/telephony/schema/call-flow.ts';
import type { StoredApplication } from '../call/moved-application.ts';
import type { Directory } from '../directory/directory.ts';
import { resumedAnnouncement } from './announcement.ts';
import type { StartApplication } from './application.ts';
import { Deposits, type DepositReason } from './deposits.ts';
import { flowApplication, resumedFlow, type FlowDependencies } from './flow-application.ts';
import type { SendRequest, SendText } from './flow-questions.ts';
import type { HeardMessages } from './heard-messages.ts';
import type { PhoneMessages } from './phone-messages.ts';
import type { RecordedGreetings } from './recorded-greetings.ts';
import type { SayTexts } from './spoken-texts.ts';
import { resumedParked } from './parked.ts';
import { Visits, type MailboxEntry } from './visits.ts';
import { answering } from './answering.ts';

/**
 * The action `playback`, as a flow: FreeSWITCH plays to a caller that is not answered as early media, and then clears
 * the call.
 */
export const playbackFlow = (file: string): Walkable => ({
  ...{ id: 'playback', version: 1, language: 'en', start: 'play', external_policy: null },
  steps: FlowSteps.parse({
    play: { type: 'play', prompt: { file }, answer: false, next: 'end' },
    end: { type: 'hangup' },
  }),
});

/** The dependencies of the flows of calls. */
export type FlowSourceDependencies = Pick<FlowDependencies, 'random' | 'warn' | 'fault'> & {
  readonly directory: Pick<
    Directory,
    'callFlow' | 'schedule' | 'sound' | 'soundNamed' | 'mailbox' | 'organization' | 'user'
  >;
  readonly messages: PhoneMessages;
  readonly heard: HeardMessages;
  readonly greetings: RecordedGreetings;
  readonly invoke: Invoke<'mailbox-log-ins'>;
  readonly say: SayTexts;
  readonly request: SendRequest;
  readonly sendText: SendText;
  readonly clock: () => Date;
};

/** Finds the flows that calls walk through. */
export type FlowSource = {
  /** What begins a flow; undefined: there is none, or it is not enabled. */
  readonly start: (organization: number, flow: string) => Promise<StartApplication | undefined>;
  /** What plays a file of kind `sound`, by its name. */
  readonly playback: (organization: number, name: string) => Promise<StartApplication>;
  /** What takes a message for a mailbox; undefined: there is no such mailbox. */
  readonly deposit: (
    organization: number,
    mailbox: string,
    reason: DepositReason,
  ) => Promise<StartApplication | undefined>;
  /** What lets a caller hear the messages of a mailbox, after its log-in. */
  readonly mailbox: (organization: number, entry: MailboxEntry) => Promise<StartApplication>;
  /** What goes on with an application of another task. */
  readonly resume: (organization: number, stored: StoredApplication) => Promise<StartApplication>;
};

/** Reads flows, and the schedules that they name, when a call comes to them; sounds when they are played. */
export const flowSource = (dependencies: FlowSourceDependencies): FlowSource => ({
  start: async (organization, id) => {
    const { flow, needs } = walkOf(dependencies, organization);
    const found = await flow(id);
    return found && flowApplication(found, needs);
  },
  playback: async (organization, name) => {
    const file = await dependencies.directory.soundNamed(organization, name);
    return flowApplication(playbackFlow(file ?? name), walkOf(dependencies, organization).needs);
  },
  deposit: (organization, mailbox, reason) => depositsOf(dependencies).start(organization, mailbox, reason),
  mailbox: (organization, entry) => visitsOf(dependencies).start(organization, entry),
  resume: async (organization, stored) => {
    if (stored.kind === 'answer') return answering;
    if (stored.kind === 'announcement') return resumedAnnouncement;
    if (stored.kind === 'deposit') return depositsOf(dependencies).resume(stored);
    if (stored.kind === 'visit') return visitsOf(dependencies).resume(stored);
    if (stored.kind === 'parked') {
      const { clock, fault } = dependencies;
      return resumedParked(stored, { now: () => clock().getTime(), fault });
    }
    const { readSchedules, needs } = walkOf(dependencies, organization);
    await readSchedules(stored.flow);
    return resumedFlow(stored, needs);
  },
});

const depositsOf = ({ directory, messages, say, clock, fault }: FlowSourceDependencies): Deposits =>
  new Deposits({ directory, messages, say, fault, now: () => clock().getTime() });

const visitsOf = ({
  directory,
  messages,
  heard,
  greetings,
  invoke,
  say,
  clock,
  fault,
}: FlowSourceDependencies): Visits =>
  new Visits({ directory, messages, heard, greetings, invoke, say, fault, now: () => clock().getTime() });

/** What one call needs for its walk. */
function walkOf(dependencies: FlowSourceDependencies, organization: number) {
  const { directory, say, request, sendText, clock, random, warn, fault } = dependencies;
  const schedules = new Map<string, Schedule>();
  const readSchedules = async (flow: Walkable): Promise<void> => {
    const found = await Promise.all(
      idsOf(referencesIn(flow), 'schedule').map(async (schedule) => ({
        schedule,
        hours: await directory.schedule(organization, schedule),
      })),
    );
    for (const { schedule, hours } of found) if (hours !== undefined) schedules.set(schedule, hours);
  };
  const flow = async (id: string): Promise<CallFlow | undefined> => {
    const found = await directory.callFlow(organization, id);
    if (found?.enabled !== true) return undefined;
    await readSchedules(found);
    return found;
  };
  const needs: FlowDependencies = {
    ...{ random, warn, fault },
    now: () => clock().getTime(),
    schedule: (schedule) => {
      const hours = schedules.get(schedule);
      return hours === undefined ? undefined : scheduleState(hours, clock());
    },
    sound: (file) => directory.sound(organization, file),
    say: (texts) => say(organization, texts),
    request: (asked) => request(organization, asked),
    sendText: (text) => sendText(organization, text),
    mailbox: () => visitsOf(dependencies).start(organization, { mailbox: null, user: null }),
    deposit: (mailbox, greeting) => depositsOf(dependencies).start(organization, mailbox, 'unavailable', greeting),
    flow,
  };
  return { flow, readSchedules, needs };
}
