import { Card, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { request, type ApiRequest } from '../kit/api.ts';
import { pageOf } from '../kit/list.ts';
import { Page } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';

const midnight = (): string => {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
};

const counted = (path: string, query: ApiRequest['query'] = {}): ApiRequest => ({
  method: 'GET',
  path,
  query: { ...query, limit: 1, count: true },
});

type Figure = {
  readonly label: string;
  readonly scope: string;
  readonly request: ApiRequest;
  /** What is shown of the answer. */
  readonly value: (answer: unknown) => string;
};

const total = (answer: unknown): string => String(pageOf(answer, []).total ?? '–');

const balance = (answer: unknown): string => {
  const { data } = Object(answer) as { data?: unknown };
  const { currentBalance, currency } = Object(data) as { currentBalance?: number; currency?: string };
  return currentBalance === undefined ? '–' : `${currentBalance} ${currency ?? ''}`;
};

const figuresOf = (since: string): readonly Figure[] => [
  { label: 'Calls now', scope: 'calls:read', request: counted('/Calls'), value: total },
  { label: 'Calls today', scope: 'cdr:read', request: counted('/cdr', { start: since }), value: total },
  {
    label: 'Answered today',
    scope: 'cdr:read',
    request: counted('/cdr', { start: since, disposition: 'ANSWERED' }),
    value: total,
  },
  { label: 'Phones', scope: 'telephony:read', request: counted('/devices'), value: total },
  { label: 'Users', scope: 'users:read', request: counted('/users'), value: total },
  { label: 'Balance', scope: 'billing:read', request: { method: 'GET', path: '/billingprofile' }, value: balance },
];

/** What goes on now and today, as far as the person may see it. */
export function OverviewPage() {
  const session = useSession();
  const figures = figuresOf(midnight()).filter(({ scope }) => isAllowed(session, [scope]));
  return (
    <Page title="Overview" requests={figures.map((figure) => figure.request)}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
        {figures.map((figure) => (
          <FigureCard key={figure.label} {...figure} />
        ))}
      </SimpleGrid>
    </Page>
  );
}

function FigureCard({ label, request: wanted, value }: Figure) {
  const { data, isPending, isError } = useQuery({
    queryKey: ['figure', wanted],
    queryFn: () => request(wanted),
    refetchInterval: 10_000,
  });
  const shown = isPending ? '…' : isError ? 'not available' : value(data);
  return (
    <Card withBorder padding="md">
      <Text>{label}</Text>
      <Text size="xl" fw={600} data-figure={label}>
        {shown}
      </Text>
    </Card>
  );
}
