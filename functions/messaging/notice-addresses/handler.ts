import { secretHash } from '#schema/secret-hash.ts';
import { inOrganization } from '#dynamodb/write.ts';
import { commits, document } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { confirmAddress, noticeAddresses, type AddressConfirmation } from './contract.ts';
import { assertUsable, confirm } from './notice-address.ts';
import { confirmWrites, noticeAddressStore } from './store.ts';

const confirmationOf = ({ address, confirmed_at }: ReturnType<typeof confirm>): AddressConfirmation => ({
  success: true,
  message: 'This address gets notices from now on',
  data: { address, confirmed_at },
});

export const noticeAddressesApi = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    noticeAddresses,
    {
      [confirmAddress.route]: async ({ query, now, recordIn }, { table, tableOf }) => {
        const token = assertUsable(await noticeAddressStore(table).token(secretHash(query.token)), now);
        const { org_id: organization, address } = token;
        const after = confirm(await noticeAddressStore(tableOf(organization)).address(address), token, now);
        const event = recordIn(organization)('email.address_confirmed', {
          entity: { type: 'email', id: address },
          description: `Address ${address} confirmed that it wants notices`,
          fields: { address },
        });
        return commits(
          inOrganization(organization, [...confirmWrites(after, token), event]),
          document('application/json', JSON.stringify(confirmationOf(after))),
        );
      },
    },
    dependencies,
  );

export const handler = noticeAddressesApi();
