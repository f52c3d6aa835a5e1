import { Card, SimpleGrid, Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AnswerOf } from '../kit/answer-of.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { Page } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession, useSigning } from '../kit/session.tsx';
import { Alarms, alarmsRequest } from './alarms.tsx';
import { Checklist } from './checklist.tsx';
import { figuresOf, type Figure } from './figures.ts';
import { HourPlot } from './hour-plot.tsx';
import { answerRate, chargesText, hoursOfToday, minutesText, sumOf, type Usage } from './hours.ts';

/** Hours of the plot, and of the alarms. */
const shownHours = 12;
const hour = 3_600_000;
/** Milliseconds between two looks at the clock, at the figures, and at the calls. */
const intervals = { clock: 30_000, figures: 30_000, calls: 60_000 } as const;

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useInterval(() => setNow(Date.now()), intervals.clock, { autoInvoke: true });
  return now;
}

/** The start of the first hour that is shown. @param now Unix milliseconds */
const shownSince = (now: number): string => new Date((Math.floor(now / hour) - shownHours + 1) * hour).toISOString();

const usageRequest: ApiRequest = { method: 'GET', path: '/usage' };

/** What goes on now and today, as far as the person may see it: "how are we doing, and what needs me?" */
export function OverviewPage() {
  const session = useSession();
  const { organization } = useSigning();
  const since = shownSince(useNow());
  const figures = figuresOf(session.reach !== 'own' && organization === null).filter(
    ({ scope }) => scope === null || isAllowed(session, [scope]),
  );
  const [hasCalls, hasAlarms] = [isAllowed(session, ['cdr:read']), isAllowed(session, ['system:read'])];
  const place = organization ?? session.org_id;
  const requests = [
    ...figures.flatMap((figure) => figure.requests),
    ...(hasCalls ? [usageRequest] : []),
    ...(hasAlarms ? [alarmsRequest(place, since)] : []),
  ];
  return (
    <Page title="Overview" requests={requests}>
      <Checklist />
      {hasCalls && <CallFigures hasMoney={isAllowed(session, ['billing:read'])} />}
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
        {figures.map((figure) => (
          <ReadFigure key={figure.label} {...figure} />
        ))}
      </SimpleGrid>
      {hasAlarms && <Alarms organization={place} since={since} />}
    </Page>
  );
}

type Part = { readonly label: string; readonly value: (usage: Usage) => string };

const callParts: readonly Part[] = [
  { label: 'Calls in 12 hours', value: ({ hours }) => String(sumOf(hours.slice(-shownHours)).calls) },
  {
    label: 'Answered',
    value: ({ hours }) => {
      const rate = answerRate(sumOf(hours.slice(-shownHours)));
      return rate === null ? '–' : `${rate} %`;
    },
  },
  { label: 'Minutes today', value: (usage) => minutesText(hoursOfToday(usage)) },
];
const moneyParts: readonly Part[] = [{ label: 'Cost today', value: (usage) => chargesText(hoursOfToday(usage)) }];

/** The figures and the plot of the calls, all of one answer. */
function CallFigures({ hasMoney }: { readonly hasMoney: boolean }) {
  const { data, error } = useQuery({
    queryKey: ['usage'],
    queryFn: async () => (await request(usageRequest)) as AnswerOf<'get', '/usage'>,
    refetchInterval: intervals.calls,
  });
  const usage = data?.data;
  const shown = (value: Part['value']): string =>
    usage === undefined ? (error === null ? '…' : 'not available') : value(usage);
  return (
    <>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
        {[...callParts, ...(hasMoney ? moneyParts : [])].map(({ label, value }) => (
          <FigureCard key={label} label={label} value={shown(value)} />
        ))}
      </SimpleGrid>
      {usage !== undefined && (
        <Text size="sm">
          Today is the day in {usage.time_zone}.{' '}
          {!usage.complete && 'There are more calls than can be summed: the figures are those of the newest.'}
        </Text>
      )}
      <HourPlot hours={usage?.hours.slice(-shownHours) ?? []} />
    </>
  );
}

/** A figure that is read as it is. */
function ReadFigure({ label, requests, value }: Figure) {
  const shown = useQueries({
    queries: requests.map((wanted) => ({
      queryKey: ['figure', wanted],
      queryFn: () => request(wanted),
      refetchInterval: intervals.figures,
    })),
    combine: (results) => {
      if (results.some(({ isPending }) => isPending)) return '…';
      return results.some(({ isError }) => isError) ? 'not available' : value(results.map(({ data }) => data));
    },
  });
  return <FigureCard label={label} value={shown} />;
}

function FigureCard({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <Card withBorder padding="sm">
      <Text size="sm">{label}</Text>
      <Text size="xl" fw={600} data-figure={label}>
        {value}
      </Text>
    </Card>
  );
}
