import { expect } from 'vitest';
import type { Replaces } from '#sip/session/session.ts';
import { address, parseAddress, type Address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import { parseUri, sipUri } from '#sip/uri.ts';
import { newVia } from '#sip/via.ts';
import { eventually } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { Softphone, type SoftphoneOptions } from '../support/softphone.fixture.ts';
import { newLine } from './calls.fixture.ts';
import type { Account } from './peers/accounts.ts';
import { ownAddress, sipServer } from './peers/sip-server.ts';
import type { AdministeredTenant } from './tenant.fixture.ts';

/** Softphones that are registered at the cloud under test. */

export type RegisteredSoftphone = {
  readonly phone: Softphone;
  readonly account: Account;
  readonly device: string;
  readonly extension: string;
};

/** A phone for each extension. */
type PhonesOf<Extensions extends readonly string[]> = { -readonly [At in keyof Extensions]: RegisteredSoftphone };

/** Registered phones of one device each. @param server default: the sidecar @param more than plain RTP over UDP */
export async function newSoftphones<const Extensions extends readonly string[]>(
  tenant: AdministeredTenant,
  extensions: Extensions,
  server = sipServer,
  more: Pick<SoftphoneOptions, 'media' | 'connection'> = {},
): Promise<PhonesOf<Extensions>> {
  const phones = extensions.map(async (extension): Promise<RegisteredSoftphone> => {
    const account = await newLine(tenant, extension);
    const phone = await Softphone.open(server, { from: ownAddress(), account, ...more });
    expect(await phone.register()).toBe(200);
    return { phone, account, device: account.device, extension };
  });
  return (await Promise.all(phones)) as PhonesOf<Extensions>;
}

/** Makes three phones at each call, with the next extensions from 200 on. @param open ends them */
export function phoneTrios(open: DisposableStack) {
  let extension = 200;
  return async (tenant: AdministeredTenant) => {
    const next = () => String(extension++);
    const phones = await newSoftphones(tenant, [next(), next(), next()]);
    for (const { phone } of phones) open.use(phone);
    return phones;
  };
}

/** A call between two phones, and what both sides see of it. */
export type Conversation = { readonly caller: SoftCall; readonly callee: SoftCall };

/** Calls an extension, which answers. */
export async function converse(from: Softphone, to: Softphone, called: string): Promise<Conversation> {
  const caller = from.call(called);
  const callee = await Promise.race([to.nextCall(), failure(caller)]);
  await eventually(() => expect([caller.log.at(-1), callee.log.at(-1)]).toEqual(['answered', 'acknowledged']), 20_000);
  return { caller, callee };
}

/**
 * Waits until the address of a trunk is known: the sidecar reads the trunks of an address every 5 s. A stranger would
 * be challenged.
 */
export async function untilTrusted(from: string, port: number, server = sipServer): Promise<void> {
  using trunk = await Softphone.open(server, { from, port });
  await eventually(async () => {
    const call = trunk.call('+46900000');
    await eventually(() => call.isOver, 20_000);
    expect(call.log.at(-1)).toBe('failed 404');
  });
}

/** Rejects when a call fails. */
async function failure(call: SoftCall): Promise<never> {
  await eventually(() => call.isOver, 20_000);
  throw new Error(`the call fails: ${call.log.join(', ')}`);
}

/** Waits until two phones send each other their media. */
export const expectJoined = (
  [one, ofOne]: readonly [Softphone, SoftCall],
  [other, ofOther]: readonly [Softphone, SoftCall],
): Promise<void> =>
  eventually(() => {
    expect([ofOne.media, ofOther.media]).toEqual([`${other.mediaPort} sendrecv`, `${one.mediaPort} sendrecv`]);
    expect([ofOne.isUp, ofOther.isUp]).toEqual([true, true]);
  }, 20_000);

/** Waits until a call has ended. @param by `ended by peer` */
export const expectEnd = (call: SoftCall, by: string, within = 20_000): Promise<void> =>
  eventually(() => expect(call.log.at(-1)).toBe(by), within);

/** `host`: of Refer-To. `replaces`: the dialog that the new call takes the place of. */
export type Referral = { readonly host: string; readonly replaces?: Replaces };

/** Refers the peer of a call to what the phone dials. @returns the status of the REFER; the reports follow */
export async function refer(call: SoftCall, to: string, { host, replaces }: Referral) {
  const reports: number[] = [];
  const reference = { to: sipUri({ user: to, host }), ...(replaces === undefined ? {} : { replaces }) };
  const status = await call.session.refer(reference, (each) => void reports.push(each));
  return { status, reports };
}

/** Waits until the last report of a REFER is a status. */
export const expectReport = (reports: readonly number[], status: number): Promise<void> =>
  eventually(() => expect(reports.at(-1)).toBe(status), 20_000);

/** Higher with each request, and than those of the parties. A proof takes the next number. */
let sequence = 1_000;

/** A request in the name of a party, as a stranger writes it that has seen the dialog. The sender adds its Via. */
export function requestIn(
  call: SoftCall,
  method: string,
  { headers = Headers.none, body }: { readonly headers?: Headers; readonly body?: Buffer } = {},
): SipRequest {
  const dialog = call.session.stored();
  if (dialog === undefined) throw new Error('the call has no dialog');
  const target = parseUri(dialog.target);
  if (target instanceof Fault) throw new Error(target.reason);
  return newRequest({
    method,
    uri: target,
    via: newVia('UDP', '192.0.2.1', 5_060, 'z9hG4bKseen'),
    from: readAddress(dialog.local),
    to: readAddress(dialog.remote),
    callId: dialog.callId,
    sequence: (sequence += 10),
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

function readAddress(text: string): Address {
  const read = parseAddress(text);
  if (read instanceof Fault) throw new Error(read.reason);
  return read;
}

/** The headers of a response by which a phone sends a call on. */
export const sentOn = (user: string, host: string): Headers =>
  new Headers([Field.of(header.contact, address(sipUri({ user, host })))]);
