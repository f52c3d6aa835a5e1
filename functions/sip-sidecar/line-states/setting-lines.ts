import type { EventItem } from '#dynamodb/rows/event.ts';
import { callHandlingRow } from '#functions/telephony/rows/call-handling.ts';
import { scheduleRow } from '#functions/telephony/rows/schedule.ts';
import { second } from '#schema/time.ts';
import { CallHandling, defaultCallHandling } from '#telephony/call-handling.ts';
import { Schedule } from '#telephony/schedule.ts';
import { isForwarding, isSwitchedOff, settingOfLine, type SettingLine } from '#telephony/setting-lines.ts';
import { anyAccountRow } from '../../telephony/rows/sip-account.ts';
import type { EventFeed } from '../event-listeners/event-feed.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { aorOf } from '../registrar/contacts.ts';
import type { EventSource, Subscriber, Subscriptions } from '../subscriptions/subscriptions.ts';
import { printLineDocument } from './dialog-info.ts';

/** The dependencies of watched settings. */
export type SettingLinesDependencies = {
  readonly context: Pick<SidecarContext, 'tableOf'>;
  readonly feed: Pick<EventFeed, 'listen'>;
  /** They exist when the first setting is watched. */
  readonly subscriptions: () => Pick<Subscriptions, 'update' | 'has'>;
  readonly fault: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** Milliseconds after which a setting without subscriptions is not watched any more. */
const idleTime = 10 * second;

/** A setting that is watched, such as `dnd/usr_1` or `schedule/sched_1`. */
type Resource = string;

/** `shown`: whether it was on when the phones were notified last. */
type Watch = { shown: boolean | undefined; readonly since: number };
type Watched = { readonly settings: Map<Resource, Watch>; readonly listening: Promise<() => void> };

const userResources = (user: string): readonly Resource[] => [`dnd/${user}`, `forward/${user}`];

/** The settings that an event may have changed. */
function changedBy({ type, entity: { id } }: EventItem): readonly Resource[] {
  if (type === 'callhandling.updated') return userResources(id);
  return type === 'schedule.updated' ? [`schedule/${id}`] : [];
}

/** What a key of a phone watches, as its own user's. */
const resourceOf = (line: SettingLine, user: string | null): Resource | undefined => {
  if (line.setting === 'schedule') return `schedule/${line.schedule}`;
  return user === null ? undefined : `${line.setting}/${user}`;
};

/**
 * The settings that phones of this task watch. Their changes are read from the events of the organization, so it does
 * not matter who changes them, nor over which task.
 */
export class SettingLines {
  readonly #dependencies: SettingLinesDependencies;
  readonly #watched = new Map<number, Watched>();

  constructor(dependencies: SettingLinesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Of the event package dialog, for settings: a phone may watch those of its own user, and each schedule. */
  readonly events: EventSource = {
    resourceOf: async (request, { org_id: organization, user_id: user }) => {
      const line = settingOfLine(aorOf(request.uri)?.user ?? '');
      const resource = line && resourceOf(line, user);
      const isOn = resource === undefined ? undefined : await this.#read(organization, resource);
      if (resource === undefined || isOn === undefined) return { status: 403 };
      await this.#watch(organization, resource, isOn);
      return resource;
    },
    bodyOf: async (subscriber, version) => {
      const { organization, domain, resource } = subscriber;
      const isOn = (await this.#isOwn(subscriber)) ? await this.#read(organization, resource) : undefined;
      if (isOn === undefined) return undefined;
      const extension = resource.startsWith('schedule/') ? resource : resource.slice(0, resource.indexOf('/'));
      const state = { id: resource, direction: 'recipient', state: 'confirmed', remote: null } as const;
      return printLineDocument({ extension, domain, version, dialogs: isOn ? [state] : [], showsParties: false });
    },
  };

  /** Whether what a phone watches is a setting. */
  static isSetting(resource: Resource): boolean {
    return /^(?:dnd|forward|schedule)\//.test(resource);
  }

  /** Reads the settings again, which makes up for missed events, and forgets those that no phone watches. */
  async repeat(): Promise<void> {
    const { subscriptions, now } = this.#dependencies;
    for (const [organization, { settings, listening }] of this.#watched) {
      for (const [resource, { since }] of settings) {
        const isWatched = subscriptions().has({ package: 'dialog', organization, resource });
        if (isWatched) await this.#update(organization, resource);
        else if (since <= now() - idleTime) settings.delete(resource);
      }
      if (settings.size > 0) continue;
      this.#watched.delete(organization);
      (await listening)();
    }
  }

  async #watch(organization: number, resource: Resource, isOn: boolean): Promise<void> {
    const { feed, fault, now } = this.#dependencies;
    const listen = (): Promise<() => void> =>
      feed.listen(organization, (event) => {
        for (const changed of changedBy(event)) this.#update(organization, changed).catch(fault);
      });
    const watched = this.#watched.get(organization) ?? { settings: new Map<Resource, Watch>(), listening: listen() };
    this.#watched.set(organization, watched);
    watched.settings.set(resource, { shown: watched.settings.get(resource)?.shown ?? isOn, since: now() });
    await watched.listening.catch((error: unknown) => {
      this.#watched.delete(organization);
      throw error;
    });
  }

  /** Notifies the phones that watch a setting, if it is not what they were notified of. */
  async #update(organization: number, resource: Resource): Promise<void> {
    const { subscriptions, fault } = this.#dependencies;
    const watch = this.#watched.get(organization)?.settings.get(resource);
    if (watch === undefined) return;
    const isOn = await this.#read(organization, resource);
    if (isOn === watch.shown) return;
    watch.shown = isOn;
    // A phone that does not answer delays no later change.
    subscriptions().update({ package: 'dialog', organization, resource }).catch(fault);
  }

  /** Whether a setting is that of the present user of a phone, or a schedule. */
  async #isOwn({ username: sip_username, organization, resource }: Subscriber): Promise<boolean> {
    if (resource.startsWith('schedule/')) return true;
    const account = await this.#dependencies.context.tableOf(0).get(anyAccountRow, { sip_username });
    const user = account?.org_id === organization ? account.user_id : null;
    return user !== null && userResources(user).includes(resource);
  }

  /** Whether a setting is on; undefined: there is none. */
  async #read(organization: number, resource: Resource): Promise<boolean | undefined> {
    const table = this.#dependencies.context.tableOf(organization);
    const [setting, id = ''] = resource.split('/');
    if (setting === 'schedule') {
      const found = await table.get(scheduleRow, { id });
      return found && isSwitchedOff(Schedule.parse(found));
    }
    const found = await table.get(callHandlingRow, { user_id: id });
    const handling = found === undefined ? defaultCallHandling : CallHandling.parse(found);
    return setting === 'dnd' ? handling.do_not_disturb : isForwarding(handling);
  }
}
