import { newPhone } from '../../support/sip-phone.fixture.ts';
import { newLines, useExtensions } from '../calls.fixture.ts';
import type { AdministeredTenant, Body } from '../tenant.fixture.ts';
import { newPeerTenant, type Account } from './accounts.ts';
import { playCall } from './played-call.ts';
import { ownAddress, peerPort, sipServer } from './sip-server.ts';
import { part } from './sipp-dialog.ts';

/** A phone of an office: its account, and the address at which it is, at the port of peers. */
export type OfficePhone = { readonly extension: string; readonly account: Account; readonly from: string };

/** A tenant whose extensions ring at their phones. */
export type Office = {
  readonly tenant: AdministeredTenant;
  /** A phone that has not been used. It is registered if it is to be called. */
  readonly phone: () => OfficePhone;
  /** @param through the proxy by which it registers; default: none */
  readonly registeredPhone: (through?: Server) => Promise<OfficePhone>;
};

/** Plays a call from one phone of an office to another, as their steps say. @param caller its steps to an extension */
export async function playBetween(
  office: Office,
  caller: (extension: string) => readonly string[],
  callee: readonly string[],
): Promise<void> {
  const [one, other] = [office.phone(), await office.registeredPhone()];
  await playCall({ ...one, scenario: part(...caller(other.extension)) }, { ...other, scenario: part(...callee) });
}

type Server = { readonly address: string; readonly port: number };

/** Lines of a device. */
const linesPerDevice = 16;

/** An office with lines for this many phones. @param rules of its plan, besides that for extensions */
export async function newOffice(phones: number, ...rules: readonly Body[]): Promise<Office> {
  const tenant = await newPeerTenant();
  const extensions = Array.from({ length: phones }, (_, at) => String(200 + at));
  await useExtensions(tenant, ...rules);
  const devices = Array.from({ length: Math.ceil(phones / linesPerDevice) }, (_, at) =>
    extensions.slice(at * linesPerDevice, (at + 1) * linesPerDevice),
  );
  const accounts = (await Promise.all(devices.map((each) => newLines(tenant, each)))).flat();
  const free = accounts.map((account, at) => ({ account, extension: extensions[at] ?? '', from: ownAddress() }));
  const phone = (): OfficePhone => {
    const next = free.shift();
    if (next === undefined) throw new Error(`the office has ${phones} phones`);
    return next;
  };
  return {
    tenant,
    phone,
    registeredPhone: async (through = sipServer) => {
      const next = phone();
      await register(next, through);
      return next;
    },
  };
}

/** Registers a phone at its address and the port of peers, which is free again then. */
async function register({ account, from }: OfficePhone, server: Server): Promise<void> {
  const phone = await newPhone(server, account, { from, port: peerPort });
  const { status } = await phone.register();
  await phone.settle();
  phone.close();
  if (status !== 200) throw new Error(`the registration of ${account.username} is answered ${status}`);
}
