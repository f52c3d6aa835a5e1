import { ensure, type DemoContext, type Item } from './ensure.ts';
import type { Tenant } from './plan.ts';
import { reportsOf, type Gateway } from './plan-messages.ts';

/** Trunks and gateways. No one answers at their hosts (RFC 2606): they are not pinged, a monitor reports on them. */

const gateways: readonly Gateway[] = [
  { name: 'frankfurt', latency: 24 },
  { name: 'new-york', latency: 95 },
];

/** @param of query of its organization */
type GatewayPlace = { readonly id: string; readonly of: string };

/** What a monitor has seen of a gateway, unless it reported before. */
async function ensureReports({ ask }: DemoContext, gateway: Gateway, at: GatewayPlace): Promise<void> {
  const path = `/sipgwping/${at.id}`;
  const { data } = await ask('GET', `${path}${at.of}`);
  if (data['last_ping'] != null) return;
  for (const { hours, ...report } of reportsOf(gateway)) {
    const time = new Date(Date.now() - hours * 3_600_000).toISOString();
    await ask('POST', `${path}/status/${time}${at.of}`, report);
  }
}

/** The carrier of a reseller: a trunk, and gateways of it. */
export async function ensureCarrier(
  context: DemoContext,
  { key, name }: { readonly key: string; readonly name: string },
  id: string,
): Promise<void> {
  const of = `?org_id=${id}`;
  const host = `sip.${key}.example`;
  const trunk: Item = {
    ...{ name: `Carrier of ${name.replace(' (demo)', '')}`, type: 'carrier', host },
    ...{ transport: 'tls', max_channels: 200, codecs: ['OPUS', 'G.722', 'G.711'] },
  };
  await ensure(context.ask, `/siptrunk${of}`, trunk);
  for (const gateway of gateways) {
    const own: Item = { name: `${key}-${gateway.name}`, host: `${gateway.name}.${host}`, ping: { enabled: false } };
    const made = await ensure(context.ask, `/sipgateways${of}`, { ...own, max_channels: 60 });
    await ensureReports(context, gateway, { id: made, of });
  }
}

/** The switch of an office, which is connected by a trunk. */
export async function ensureSite({ ask }: DemoContext, { key }: Tenant, id: string): Promise<void> {
  const trunk: Item = { name: 'Office switch', type: 'pbx', host: `pbx.${key}.example`, max_channels: 30 };
  await ensure(ask, `/siptrunk?org_id=${id}`, trunk);
}
