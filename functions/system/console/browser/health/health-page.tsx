import { Alert, Badge, Code, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { at, isObject } from '../../json-value.ts';
import { ApiError } from '../kit/api-error.ts';
import { followedFetch } from '../kit/connection.ts';
import { LoadingPart } from '../kit/late-part.tsx';
import { Page, Problem } from '../kit/page.tsx';
import { t } from '../texts/texts.ts';
import { rowsOf, states, verdictOf, type Health } from './health.ts';

/** Milliseconds between two questions. */
const interval = 10_000;

/** A platform that is not well answers 503 with the same body. @throws ApiError if the answer has no checks */
async function readHealth(): Promise<Health> {
  const response = await followedFetch('/health', { cache: 'no-store' });
  const body: unknown = await response.json().catch(() => null);
  if (!isObject(at(body, 'checks'))) throw new ApiError(response.status, response.headers.get('x-request-id'), body);
  return body as Health;
}

/** Does the platform work, and if not, what is wrong and what must be done? For its operator. */
export function HealthPage() {
  const { data: health, error } = useQuery({ queryKey: ['health'], queryFn: readHealth, refetchInterval: interval });
  return (
    <Page
      title={t('Health')}
      subtitle={health && t('Version {version}', { version: health.version })}
      requests={[{ method: 'GET', path: '/health' }]}
    >
      <Problem error={error} />
      {health === undefined && error === null && <LoadingPart />}
      {health !== undefined && <Parts of={health} />}
    </Page>
  );
}

function Parts({ of }: { readonly of: Health }) {
  const { text, color } = verdictOf(of);
  return (
    <>
      <Alert color={color} role="status" title={text} />
      <Table aria-label={t('Parts of the platform')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('Part')}</Table.Th>
            <Table.Th>{t('State')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rowsOf(of).map(({ name, purpose, state, remedy }) => (
            <Table.Tr key={name}>
              <Table.Td>
                <Text fw={600}>{name}</Text>
                <Text size="sm" c="dimmed">
                  {purpose}
                </Text>
                {remedy !== '' && <Text size="sm">{remedy}</Text>}
              </Table.Td>
              <Table.Td>
                <Badge variant="light" color={states[state].color} miw="max-content">
                  {states[state].text}
                </Badge>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <details>
        <summary>{t('Details')}</summary>
        <Code block tabIndex={0}>
          {JSON.stringify(of, null, 2)}
        </Code>
      </details>
    </>
  );
}
