import { Card, SimpleGrid, Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import { at, textIn } from '../../json-value.ts';
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
import { summaryRequest, useSummary } from './use-summary.ts';

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
const healthRequest: ApiRequest = { method: 'GET', path: '/health' };

/** What goes on now and today, as far as the person may see it: "how are we doing, and what needs me?" */
export function OverviewPage() {
  const session = useSession();
  const { organization } = useSigning();
  const since = shownSince(useNow());
  const isSeller = session.reach !== 'own' && organization === null;
  const figures = figuresOf(isSeller).filter(({ scope }) => isAllowed(session, [scope]));
  const [hasCalls, hasAlarms] = [isAllowed(session, ['cdr:read']), isAllowed(session, ['system:read'])];
  const place = organization ?? session.org_id;
  const requests = [
    summaryRequest,
    ...(isSeller ? [healthRequest] : []),
    ...(hasCalls ? [usageRequest] : []),
    ...(hasAlarms ? [alarmsRequest(place, since)] : []),
  ];
  return (
    <Page title="Overview" requests={requests}>
      <Checklist />
      {hasCalls && <CallFigures hasMoney={isAllowed(session, ['billing:read'])} />}
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
        <SummaryFigures figures={figures} />
        {isSeller && <PlatformFigure />}
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
  const answer = useQuery({
    queryKey: ['usage'],
    queryFn: async () => ((await request(usageRequest)) as AnswerOf<'get', '/usage'>).data,
    refetchInterval: intervals.calls,
  });
  const usage = answer.data;
  return (
    <>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
        {[...callParts, ...(hasMoney ? moneyParts : [])].map(({ label, value }) => (
          <FigureCard key={label} label={label} value={shownOf(answer, value)} />
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

/** What a card shows of an answer. */
const shownOf = <Answer,>(
  { data, error }: Pick<UseQueryResult<Answer>, 'data' | 'error'>,
  value: (of: Answer) => string,
) => (data === undefined ? (error === null ? '…' : 'not available') : value(data));

/** The figures of the summary. */
function SummaryFigures({ figures }: { readonly figures: readonly Figure[] }) {
  const summary = useSummary(intervals.figures);
  return figures.map(({ label, value }) => <FigureCard key={label} label={label} value={shownOf(summary, value)} />);
}

/** How the platform is. */
function PlatformFigure() {
  const health = useQuery({
    queryKey: ['health'],
    queryFn: () => request(healthRequest),
    refetchInterval: intervals.figures,
  });
  return <FigureCard label="Platform" value={shownOf(health, (answer) => textIn(at(answer, 'status')))} />;
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
