import { taskAsker } from '#sidecar/client.ts';
import type { CommandHandlers } from '#sidecar/command.ts';
import { WatchedExtension, type lineCommands } from '#sidecar/line-command.ts';
import { settingOfLine } from '#telephony/setting-lines.ts';
import type { RunningCall } from '../calls/running/running-call.ts';
import type { EventFeed } from '../event-listeners/event-feed.ts';
import { aorOf } from '../registrar/contacts.ts';
import { watchingRights, type RightOf } from '../rights/watching-rights.ts';
import type { EventSource, Subscriber, Subscriptions } from '../subscriptions/subscriptions.ts';
import type { Task } from '../task/task.ts';
import { printLineDocument } from './dialog-info.ts';
import { LocalDialogs } from './local-dialogs.ts';
import { RemoteDialogs } from './remote-dialogs.ts';
import { SettingLines } from './setting-lines.ts';
import { WatchedLines } from './watched-lines.ts';
import { WatchingTasks } from './watching-tasks.ts';

/** The dependencies of the event package. */
type LineEventsDependencies = {
  readonly rightOf: RightOf;
  readonly lines: Pick<WatchedLines, 'watch' | 'dialogsOf'>;
};

/**
 * The event package dialog: a phone may watch the lines that its organization lets it watch. Any other name gets 403,
 * whether there is such a line or not.
 */
const lineEvents = ({ rightOf, lines }: LineEventsDependencies): EventSource => ({
  resourceOf: async (request, { org_id: organization, sip_username: username }) => {
    const { data: extension } = WatchedExtension.safeParse(aorOf(request.uri)?.user);
    const right = extension === undefined ? undefined : await rightOf({ organization, username, extension });
    if (extension === undefined || right === undefined) return { status: 403 };
    await lines.watch({ organization, extension, user: right.user });
    return extension;
  },
  bodyOf: async ({ organization, username, domain, resource: extension }, version) => {
    const right = await rightOf({ organization, username, extension });
    if (right === undefined) return undefined;
    const dialogs = lines.dialogsOf({ organization, extension, user: right.user });
    return printLineDocument({ extension, domain, version, dialogs, showsParties: right.showsParties });
  },
});

/** Whether a phone may still watch a line; the line is watched as that of its present user. */
const mayWatch =
  ({ rightOf, lines }: LineEventsDependencies) =>
  async ({ organization, username, resource: extension }: Subscriber): Promise<boolean> => {
    const right = await rightOf({ organization, username, extension });
    if (right !== undefined) await lines.watch({ organization, extension, user: right.user });
    return right !== undefined;
  };

/** Lets phones watch the calls of lines, at whichever tasks they are, and settings that are shown as lines. */
export type LineService = {
  /** Of the event package dialog. */
  readonly events: EventSource;
  readonly mayWatch: (subscriber: Subscriber) => Promise<boolean>;
  /** @param id of a call of this task that has changed */
  readonly noteCall: (id: string) => void;
  /** What other tasks ask, and tell. */
  readonly commands: Pick<CommandHandlers, keyof typeof lineCommands>;
  readonly refresh: () => Promise<void>;
  readonly repeat: () => Promise<void>;
  readonly close: () => Promise<void>;
};

type Parts = {
  readonly callOf: (id: string) => RunningCall | undefined;
  /** They exist when the first phone subscribes. */
  readonly subscriptions: () => Pick<Subscriptions, 'update' | 'has'>;
  readonly feed: Pick<EventFeed, 'listen'>;
};

/** The event package dialog for the calls of lines, and for settings. */
const joinSources = (calls: EventSource, settings: EventSource): EventSource => ({
  resourceOf: (request, account) =>
    (settingOfLine(aorOf(request.uri)?.user ?? '') === undefined ? calls : settings).resourceOf(request, account),
  bodyOf: (subscriber, version) =>
    (SettingLines.isSetting(subscriber.resource) ? settings : calls).bodyOf(subscriber, version),
});

/** Joins the calls of this task, those of other tasks and the subscriptions. */
export function lineService(
  { context, membership, dependencies: { secrets }, now, fault }: Task,
  { callOf, subscriptions, feed }: Parts,
): LineService {
  const ask = taskAsker({ secrets, clock: context.clock, fetch });
  const local = new LocalDialogs(callOf);
  const watching = new WatchingTasks({ context, membership, local, ask });
  const lines = new WatchedLines({
    local,
    remote: new RemoteDialogs({ context, membership, ask }),
    subscriptions,
    fault,
    now,
  });
  local.onChange((keys) => lines.noteLocal(keys));
  local.onChange((keys) => watching.notify(keys));
  const events = { rightOf: watchingRights(context), lines };
  const mayWatchCalls = mayWatch(events);
  const settings = new SettingLines({ context, feed, subscriptions, fault, now });
  return {
    events: joinSources(lineEvents(events), settings.events),
    mayWatch: async (subscriber) =>
      SettingLines.isSetting(subscriber.resource)
        ? (await settings.events.bodyOf(subscriber, 0)) !== undefined
        : mayWatchCalls(subscriber),
    noteCall: local.note,
    commands: {
      'watch-lines': async (command) => watching.watch(command),
      'lines-changed': async (command) => {
        // The other task waits for no question of ours.
        lines.noteRemote(command).catch(fault);
        return { kind: 'noted' };
      },
    },
    refresh: () => lines.refresh(),
    repeat: async () => {
      watching.forgetOld();
      await Promise.all([lines.repeat(), settings.repeat()]);
    },
    close: async () => void (await Promise.all([lines.close(), watching.close()])),
  };
}
