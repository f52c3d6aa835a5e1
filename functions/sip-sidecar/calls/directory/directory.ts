import { deviceLineRow, deviceLines, deviceRow, devicesOfUser, type DeviceLineItem } from '#dynamodb/rows/device.ts';
import { domainNameRow } from '#dynamodb/rows/domain.ts';
import { fileRow } from '#dynamodb/rows/file.ts';
import { ringGroupRow } from '#functions/telephony/rows/ring-group.ts';
import { scheduleRow } from '#functions/telephony/rows/schedule.ts';
import { CallHandling, defaultCallHandling, helpWindow } from '#telephony/call-handling.ts';
import { callHandlingRow, emergencyCallRow } from '#functions/telephony/rows/call-handling.ts';
import { RingGroup } from '#telephony/ring-group.ts';
import { Schedule } from '#telephony/schedule.ts';
import { mailboxOfUser, readMailbox, type ReadMailbox } from '#dynamodb/rows/mailbox.ts';
import { readChannels, readIdleSince } from '#dynamodb/rows/channel.ts';
import type { Channel } from '#telephony/call.ts';
import type { Sound } from '#schema/sound.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { groupMemberRow } from '#dynamodb/rows/group.ts';
import { numberRow, type NumberItem } from '#dynamodb/rows/number.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { trunkRegistrationRow, trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import { currentServiceRoute } from '#telephony/trunk-registration.ts';
import { phoneRow, phonesOfUser } from '#dynamodb/rows/phone.ts';
import { userExtensionRow, userRow, type UserItem } from '#dynamodb/rows/user.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { isLive, type PhoneLine } from '#schema/phone.ts';
import { accountLines, type AccountLine, type Device } from '#schema/device.ts';
import type { Gateway } from '#telephony/gateway.ts';
import { fileNameRow } from '#functions/platform/rows/file-name.ts';
import { readCallFlow } from '#functions/telephony/rows/call-flow.ts';
import type { CallFlow } from '#functions/telephony/schema/call-flow.ts';
import { bindingRow, type BindingItem } from '#functions/telephony/rows/binding.ts';
import { isConfirmed, sourceAddressesOf } from '#telephony/trunk-addresses.ts';
import { trunkIpsRow } from '#functions/telephony/rows/trunk-ip.ts';
import { withRefreshes } from '#functions/telephony/rows/binding-refresh.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import type { LegParty } from '../call/record.ts';

/** A phone, by its device or its phone line. */
export type Phone = Pick<LegParty, 'device_id' | 'line'> & { readonly organization: number };

/** A registered contact of a line. */
export type PhoneContact = {
  readonly binding: BindingItem;
  readonly device: Device;
  readonly line: AccountLine;
};

/** Lines of one device that ring together. */
type RingingLines = { readonly device: Device; readonly lines: readonly AccountLine[] };

/** Phones that ring together at most. */
const maxPhones = 50;

type DirectoryContext = Pick<SidecarContext, 'tableOf' | 'clock'> & {
  /** The bindings of a user name, without reading them; undefined: they must be read. */
  readonly knownBindings: (username: string) => readonly BindingItem[] | undefined;
};

/** The resources that calls go to, and the phones of their users. */
export class Directory {
  readonly #context: DirectoryContext;

  constructor(context: DirectoryContext) {
    this.#context = context;
  }

  organization(organization: number): Promise<OrganizationItem | undefined> {
    return this.#context.tableOf(organization).get(organizationRow, {});
  }

  user(organization: number, id: string): Promise<UserItem | undefined> {
    return this.#context.tableOf(organization).get(userRow, { id });
  }

  device(organization: number, id: string): Promise<Device | undefined> {
    return this.#context.tableOf(organization).get(deviceRow, { id });
  }

  gateway(organization: number, id: string): Promise<Gateway | undefined> {
    return this.#context.tableOf(organization).get(gatewayRow, { id });
  }

  trunk(organization: number, id: string): Promise<TrunkItem | undefined> {
    return this.#context.tableOf(organization).get(trunkRow, { id });
  }

  /** The Service-Route that calls of a registered trunk follow; empty: there is none. */
  async serviceRoute(organization: number, trunk: string): Promise<readonly string[]> {
    return currentServiceRoute(await this.#registration(organization, trunk), this.#context.clock().toISOString());
  }

  /** Whether a trunk is registered with its peer. */
  async isRegistered(organization: number, id: string): Promise<boolean> {
    const item = await this.#registration(organization, id);
    return item?.state === 'registered' && (item.expires_at ?? '') > this.#context.clock().toISOString();
  }

  #registration(organization: number, id: string) {
    return this.#context.tableOf(organization).get(trunkRegistrationRow, { id });
  }

  callFlow(organization: number, id: string): Promise<CallFlow | undefined> {
    return readCallFlow(this.#context.tableOf(organization), id);
  }

  /** What a user does with calls. */
  async callHandling(organization: number, user: string): Promise<CallHandling> {
    const set = await this.#context.tableOf(organization).get(callHandlingRow, { user_id: user });
    return set === undefined ? defaultCallHandling : CallHandling.parse(set);
  }

  /** Whether a user, or anyone with a number, has called for help within the hour. @param user its id, or E.164 */
  async hasCalledForHelp(organization: number, user: string): Promise<boolean> {
    const last = await this.#context.tableOf(organization).get(emergencyCallRow, { user_id: user });
    return last !== undefined && Date.parse(last.at) + helpWindow > this.#context.clock().getTime();
  }

  async schedule(organization: number, id: string): Promise<Schedule | undefined> {
    const found = await this.#context.tableOf(organization).get(scheduleRow, { id });
    return found === undefined ? undefined : Schedule.parse(found);
  }

  async ringGroup(organization: number, id: string): Promise<RingGroup | undefined> {
    const found = await this.#context.tableOf(organization).get(ringGroupRow, { id });
    return found === undefined ? undefined : RingGroup.parse(found);
  }

  /** Whether any of these channels is in use. */
  async isInCall(organization: number, channels: readonly Channel[]): Promise<boolean> {
    const table = this.#context.tableOf(organization);
    const used = await Promise.all(channels.map((channel) => readChannels(table, channel)));
    return used.some(({ total }) => total > 0);
  }

  /** Unix milliseconds since which a phone has had no call: `Infinity` in a call, 0 if it never had one. */
  idleSince(organization: number, channel: Channel): Promise<number> {
    return readIdleSince(this.#context.tableOf(organization), channel);
  }

  /** The file of a sound, by its name in any case. */
  async soundNamed(organization: number, name: string): Promise<string | undefined> {
    const key = { kind: 'sound' as const, name: name.toLowerCase() };
    return (await this.#context.tableOf(organization).get(fileNameRow, key))?.owner;
  }

  /** The sound of a file; undefined: there is no such file, or it has none. */
  async sound(organization: number, file: string): Promise<Sound | undefined> {
    const sound = (await this.#context.tableOf(organization).get(fileRow, { id: file }))?.content?.sound;
    return sound == null ? undefined : { organization, sha256: sound.sha256 };
  }

  /** Whether a host is an active domain of the organization. */
  async hasDomain(organization: number, host: string): Promise<boolean> {
    const name = await this.#context
      .tableOf(organization)
      .get(domainNameRow, { host: host.toLowerCase(), claim: 'active' as const });
    return name?.org_id === organization;
  }

  /** A phone line that may begin calls. */
  async mayLineCall(organization: number, username: string): Promise<boolean> {
    const line = await this.#context.tableOf(organization).get(phoneRow, { username });
    return line !== undefined && isLive(line, this.#context.clock()) && line.allow_features.includes('outbound');
  }

  /** An active number of the organization. @param number E.164 */
  async ownNumber(organization: number, number: string): Promise<NumberItem | undefined> {
    const found = await this.activeNumber(number);
    return found?.org_id === organization ? found : undefined;
  }

  /** An active number of any organization. @param number E.164 */
  async activeNumber(number: string): Promise<NumberItem | undefined> {
    const found = await this.#context.tableOf(0).get(numberRow, { number });
    return found?.state === 'active' ? found : undefined;
  }

  /** The active ones of some numbers, of any organization. @param numbers E.164 */
  async activeNumbers(numbers: readonly string[]): Promise<NumberItem[]> {
    const found = await this.#context.tableOf(0).getAll(
      numberRow,
      numbers.map((number) => ({ number })),
    );
    return found.flatMap((number) => (number?.state === 'active' ? [number] : []));
  }

  /** The contacts of the lines with an extension, on all devices. */
  async contactsOfExtension(organization: number, extension: string): Promise<PhoneContact[]> {
    const table = this.#context.tableOf(organization);
    const { items } = await table.query<'device-line', DeviceLineItem, { extension: string }>(
      deviceLineRow,
      { extension },
      { ...deviceLines, limit: maxPhones },
    );
    const devices = await table.getAll(
      deviceRow,
      items.map(({ device_id: id }) => ({ id })),
    );
    return this.#contactsOf(
      organization,
      devices.flatMap((device) =>
        device === undefined
          ? []
          : [{ device, lines: accountLines(device.lines).filter((line) => line.extension === extension) }],
      ),
    );
  }

  /** The id of the user, ring group or call flow with an extension. */
  async ownerOfExtension(organization: number, extension: string): Promise<string | undefined> {
    return (await this.#context.tableOf(organization).get(userExtensionRow, { extension }))?.owner;
  }

  /** A mailbox by its name; undefined: there is none. */
  mailbox(organization: number, name: string): Promise<ReadMailbox | undefined> {
    return readMailbox(this.#context.tableOf(organization), name);
  }

  /** The mailbox of a user that takes messages. */
  async mailboxOfUser(organization: number, user: Pick<UserItem, 'id' | 'extension'>): Promise<string | undefined> {
    const table = this.#context.tableOf(organization);
    const name = await mailboxOfUser(table, user);
    const mailbox = name === undefined ? undefined : await readMailbox(table, name);
    return mailbox === undefined || mailbox.preferences?.enabled === false ? undefined : name;
  }

  /** The contacts of a device: those of its first line that is registered. */
  async contactsOfDevice(organization: number, id: string): Promise<PhoneContact[]> {
    const device = await this.device(organization, id);
    return device === undefined ? [] : this.#contactsOfDevices(organization, [device]);
  }

  /** The contacts of all devices of users. */
  async contactsOfUsers(organization: number, users: readonly string[]): Promise<PhoneContact[]> {
    const devices = await Promise.all(users.map((user) => this.#devicesOf(organization, user)));
    return this.#contactsOfDevices(organization, devices.flat());
  }

  /** The ids of the members of a group. */
  async membersOf(organization: number, group: string): Promise<string[]> {
    const { items } = await this.#context
      .tableOf(organization)
      .query(groupMemberRow, { group_id: group }, { limit: maxPhones });
    return items.map(({ user_id: user }) => user);
  }

  /** A phone line that may be rung. */
  async ringingLine(organization: number, username: string): Promise<PhoneLine[]> {
    const line = await this.#context.tableOf(organization).get(phoneRow, { username });
    return line === undefined ? [] : this.#ringing(organization, [line]);
  }

  /** The phone lines of a user that may be rung. */
  async linesOfUser(organization: number, user: string): Promise<PhoneLine[]> {
    const { items } = await this.#context
      .tableOf(organization)
      .queryIndex(phoneRow, 'GSI2', phonesOfUser(organization, user), { limit: maxPhones });
    return this.#ringing(organization, items);
  }

  async #ringing(organization: number, lines: readonly PhoneLine[]): Promise<PhoneLine[]> {
    const now = this.#context.clock();
    const barred = await this.#barredUsers(organization, lines);
    return lines.filter(
      (line) => isLive(line, now) && line.allow_features.includes('inbound') && !barred.has(line.user_id),
    );
  }

  /**
   * The disabled and deleted ones of the users of phones. Their phones register no more, but a registration that began
   * before ends an hour later.
   */
  async #barredUsers(
    organization: number,
    phones: readonly { readonly user_id: string | null }[],
  ): Promise<ReadonlySet<string | null>> {
    const ids = [...new Set(phones.flatMap(({ user_id: user }) => user ?? []))];
    const users = await this.#context.tableOf(organization).getAll(
      userRow,
      ids.map((id) => ({ id })),
    );
    return new Set(ids.filter((_id, at) => users[at] === undefined || users[at].status === 'disabled'));
  }

  async #devicesOf(organization: number, user: string): Promise<readonly Device[]> {
    const { items } = await this.#context
      .tableOf(organization)
      .queryIndex(deviceRow, 'GSI1', devicesOfUser(organization, user), { limit: maxPhones });
    return items;
  }

  /** A device rings on its first line that is registered, and not once for each of its lines. */
  async #contactsOfDevices(organization: number, devices: readonly Device[]): Promise<PhoneContact[]> {
    const all = await this.#contactsOf(
      organization,
      devices.map((device) => ({ device, lines: accountLines(device.lines) })),
    );
    const first = new Map<string, number>();
    for (const { device, line } of all)
      first.set(device.id, Math.min(first.get(device.id) ?? Infinity, line.line_number));
    return all.filter(({ device, line }) => first.get(device.id) === line.line_number);
  }

  async #contactsOf(organization: number, ringing: readonly RingingLines[]): Promise<PhoneContact[]> {
    const lines = ringing.flatMap(({ device, lines: of }) => of.map((line) => ({ device, line }))).slice(0, maxPhones);
    const [barred, ...contacts] = await Promise.all([
      this.#barredUsers(
        organization,
        lines.map(({ device }) => device),
      ),
      ...lines.map(async ({ device, line }) =>
        (await this.liveBindings(organization, line.sip_username)).map((binding) => ({ binding, device, line })),
      ),
    ]);
    return contacts.flat().filter(({ device }) => device.locked !== true && !barred.has(device.user_id));
  }

  /** The live bindings of a phone: of each line of a device, or of a phone line. */
  async bindingsOf({ organization, device_id: id, line }: Phone): Promise<readonly BindingItem[]> {
    if (line !== null) return this.liveBindings(organization, line);
    const device = id === null ? undefined : await this.device(organization, id);
    const names = accountLines(device?.lines ?? []).map(({ sip_username: name }) => name);
    return (await Promise.all(names.map((name) => this.liveBindings(organization, name)))).flat();
  }

  /** The addresses of a trunk for SIP. */
  async addressesOf(organization: number, trunk: string): Promise<readonly string[]> {
    const item = await this.#context.tableOf(organization).get(trunkIpsRow, { trunk_id: trunk });
    return (item?.ips ?? []).flatMap(({ address, active, type }) => (active && type !== 'media' ? [address] : []));
  }

  /** Those of a trunk that its holder has proven, or its seller trusts. */
  async confirmedAddressesOf(organization: number, trunk: string): Promise<readonly string[]> {
    const item = await this.#context.tableOf(organization).get(trunkIpsRow, { trunk_id: trunk });
    return sourceAddressesOf(item?.ips ?? []).flatMap((ip) => (ip.active && isConfirmed(ip) ? [ip.address] : []));
  }

  /** The bindings of a SIP user name that have not expired. */
  async liveBindings(organization: number, username: string): Promise<BindingItem[]> {
    const now = this.#context.clock().toISOString();
    const bindings = this.#context.knownBindings(username) ?? (await this.#storedBindings(organization, username));
    return bindings.filter(({ expires_at: expires }) => expires > now);
  }

  async #storedBindings(organization: number, username: string): Promise<BindingItem[]> {
    const table = this.#context.tableOf(organization);
    const stored = await readToEnd((after) =>
      table.query<'binding', BindingItem, { sip_username: string }>(bindingRow, { sip_username: username }, after),
    );
    return withRefreshes(table, stored);
  }
}
