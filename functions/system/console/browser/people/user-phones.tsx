import { Anchor, Card, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { api } from '../kit/api.ts';
import { LoadingPart } from '../kit/late-part.tsx';
import { Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { AddPhone } from '../phones/add-phone.tsx';
import { extensionsOf, phoneName, type Phone } from '../phones/phone-names.ts';
import { PhoneBadge } from '../phones/phone-badge.tsx';
import { Provisioning } from '../phones/provisioning.tsx';
import type { Person } from '../resources/person.ts';

const most = 100;

/** The phones of a person. A new one needs its model and its MAC address only. */
export function UserPhones({ person }: { readonly person: Person }) {
  const canChange = isAllowed(useSession(), ['telephony:write']);
  const [added, setAdded] = useState<Phone | null>(null);
  const { data, error } = useQuery({
    queryKey: ['list', '/devices', 'of', person.id],
    queryFn: async () => {
      const query = { user_id: person.id, limit: most, include: 'lines' };
      return (await api.GET('/devices', { params: { query } })).data?.data ?? [];
    },
  });
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return <LoadingPart />;
  return (
    <Stack>
      {data.length === 0 && <Text>{t('No desk phone yet. The phone of this page needs none.')}</Text>}
      {data.length > 0 && <Phones phones={data} />}
      {added?.provisioning_url && (
        <Card withBorder component="section" aria-label={t('Connect {name}', { name: phoneName(added) })}>
          <Title order={2} size="h4" mb="sm">
            {t('Connect {name}', { name: phoneName(added) })}
          </Title>
          <Provisioning url={added.provisioning_url} />
        </Card>
      )}
      {canChange && (
        <Card withBorder>
          <Title order={2} size="h4" mb="sm">
            {t('Add a phone')}
          </Title>
          <AddPhone key={added?.id ?? ''} owner={person} onAdded={setAdded} />
        </Card>
      )}
    </Stack>
  );
}

const Phones = ({ phones }: { readonly phones: readonly Phone[] }) => (
  <Table>
    <Table.Tbody>
      {phones.map((phone) => (
        <Table.Tr key={phone.id}>
          <Table.Td>
            <Anchor
              renderRoot={(props) => <Link to="/r/$key/$id" params={{ key: 'devices', id: phone.id }} {...props} />}
            >
              {phoneName(phone)}
            </Anchor>
          </Table.Td>
          <Table.Td>{extensionsOf(phone)}</Table.Td>
          <Table.Td>
            <Group justify="end">
              <PhoneBadge phone={phone} />
            </Group>
          </Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
);
