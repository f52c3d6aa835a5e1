import { notFound, notYetSupported } from '../../shared/errors.ts';
import { commits, created, document, ok, page } from '../../shared/http/answer.ts';
import { pinned } from '../../shared/http/pinned.ts';
import { prefersXml } from '../../shared/http/accept.ts';
import { serve } from '../../shared/http/serve.ts';
import { xmlDocument } from '../../shared/http/xml.ts';
import { deleteSipTrunk, getSipTrunk, listSipTrunks, postSipTrunk, putSipTrunk, sipTrunks } from './contract.ts';
import { changedTrunk, newTrunk, presentTrunk, replacedTrunk, trunkTypes, trunkWarnings, type SipTrunkItem } from './sip-trunk.ts';
import { creation, removal, trunkStore, update } from './store.ts';

const present = (trunk: SipTrunkItem | undefined): SipTrunkItem => {
  if (trunk === undefined) throw notFound('SIP trunk');
  return trunk;
};

const entityOf = ({ id }: SipTrunkItem) => ({ type: 'trunk', id });
const isType = (text: string): text is (typeof trunkTypes)[number] => (trunkTypes as readonly string[]).includes(text);

export const handler = serve(sipTrunks, {
  [listSipTrunks.route]: async ({ query, page: request, organization }, { table }) => {
    const { status, type, q } = query;
    const wanted = (trunk: SipTrunkItem): boolean =>
      (status === undefined || trunk.status === status) && (type === undefined || trunk.type === type) && (q === undefined || trunk.name.toLowerCase().includes(q.toLowerCase()));
    const found = await trunkStore(table).page(request(), wanted);
    return page({ ...found, items: found.items.map((trunk) => presentTrunk(trunk, organization.org_id)) });
  },

  [getSipTrunk.route]: async ({ params, query, headers, organization }, { table }) => {
    const trunk = present(await trunkStore(table).get(params.id));
    if (query.include !== undefined && query.include.length > 0) throw notYetSupported('include');
    const shown = presentTrunk(trunk, organization.org_id);
    const asXml = query.format === 'xml' || (query.format === undefined && prefersXml(headers['accept']));
    if (!asXml) return ok(shown, { version: trunk.version });
    return document('application/xml', xmlDocument({ siptrunk: { ...shown, codecs: { codec: shown.codecs } } }), { ETag: `"${trunk.version}"` });
  },

  [putSipTrunk.route]: async ({ params, body, record, now, organization, pinnedVersion }, { table, nextId }) => {
    const at = now.toISOString();
    if (params.id === 'new' || isType(params.id)) {
      const wanted = body();
      const trunk = newTrunk(wanted, { id: nextId('trunk'), type: wanted.type ?? (isType(params.id) ? params.id : undefined), now: at });
      return commits(
        [...creation(trunk, organization.limits.max_trunks), record('trunk.created', { entity: entityOf(trunk), description: `SIP trunk ${trunk.name} created`, after: trunk })],
        created(presentTrunk(trunk, organization.org_id), { message: 'SIP trunk created successfully', warnings: trunkWarnings(trunk), version: 1 }),
      );
    }
    const before = present(await trunkStore(table).get(params.id));
    const after = replacedTrunk(before, body(), at);
    pinned(before, pinnedVersion);
    return commits(
      [...update(before, after), record('trunk.updated', { entity: entityOf(after), description: `SIP trunk ${after.name} replaced`, before, after })],
      ok(presentTrunk(after, organization.org_id), { message: 'SIP trunk updated successfully', warnings: trunkWarnings(after), version: after.version }),
    );
  },

  [postSipTrunk.route]: async ({ params, body, record, now, organization, pinnedVersion }, { table }) => {
    const before = present(await trunkStore(table).get(params.id));
    const after = changedTrunk(before, body(), organization.org_id, now.toISOString());
    pinned(before, pinnedVersion);
    return commits(
      [...update(before, after), record('trunk.updated', { entity: entityOf(after), description: `SIP trunk ${after.name} updated`, before, after })],
      ok(presentTrunk(after, organization.org_id), { message: 'SIP trunk updated successfully', warnings: trunkWarnings(after), version: after.version }),
    );
  },

  [deleteSipTrunk.route]: async ({ params, record, now, pinnedVersion }, { table }) => {
    const trunk = pinned(present(await trunkStore(table).get(params.id)), pinnedVersion);
    return commits(
      [...removal(trunk), record('trunk.deleted', { entity: entityOf(trunk), description: `SIP trunk ${trunk.name} deleted`, before: trunk })],
      ok({ id: trunk.id, deleted_at: now.toISOString() }, { message: 'SIP trunk deleted successfully' }),
    );
  },
});
