import { AppError, notFound } from '../../shared/errors.ts';
import { commits, created, ok } from '../../shared/http/answer.ts';
import { pinned } from '../../shared/http/pinned.ts';
import { serve } from '../../shared/http/serve.ts';
import { outsideFromEnvironment } from '../../shared/http/outside.ts';
import { putTariff, tariffs } from './contract.ts';
import { presentTariff } from './presented-tariff.ts';
import { creation, nextVersionWrites, tariffStore } from './store.ts';
import { firstVersion, nextVersion, refuseUnbuilt, type Tariff } from './tariff.ts';

const entityOf = ({ id }: Tariff) => ({ type: 'tariff', id });

/** @param outside what the function touches; tests bring their own */
export const tariffsHandler = (outside = outsideFromEnvironment()) => serve(tariffs, {
  [putTariff.route]: async ({ params, body, record, now, organization, pinnedVersion }, { table, nextId }) => {
    if (organization.type === 'customer') throw new AppError('NOT_A_SELLER', 'Only the operator and resellers have tariffs');
    const at = now.toISOString();
    if (params.id === 'new') {
      const wanted = body();
      refuseUnbuilt(wanted);
      const tariff = firstVersion(wanted, { id: nextId('trf'), organization: organization.org_id, now: at });
      return commits(
        [...creation(tariff, wanted.rates), record('tariff.created', { entity: entityOf(tariff), description: `Tariff ${tariff.name} created`, after: tariff })],
        created(presentTariff(tariff), { message: 'Tariff created successfully', version: tariff.version }),
      );
    }
    const found = await tariffStore(table).get(params.id);
    if (found === undefined) throw notFound('Tariff');
    const { profiles, ...before } = pinned(found, pinnedVersion);
    const wanted = body();
    refuseUnbuilt(wanted);
    const after = nextVersion(before, wanted, profiles > 0, at);
    return commits(
      [...nextVersionWrites(found, after, wanted.rates), record('tariff.updated', { entity: entityOf(after), description: `Tariff ${after.name} replaced`, before, after })],
      ok(presentTariff(after), { message: 'Tariff updated successfully', version: after.version }),
    );
  },
}, outside);

export const handler = tariffsHandler();
