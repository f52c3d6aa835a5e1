import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { Activity, StrictMode, useEffect, useMemo, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { useLinkToken } from './account/link-token.ts';
import { SignInPage } from './account/sign-in.tsx';
import { isUnreachable } from './kit/api.ts';
import { ApiError } from './kit/api-error.ts';
import { useBrand } from './kit/brand.ts';
import { ConnectionBanner } from './kit/connection-banner.tsx';
import { whenBack } from './kit/connection.ts';
import { router } from './shell/routes.tsx';
import { SessionProvider, useSigning } from './kit/session.tsx';
import { colorsOf, theme } from './kit/theme.ts';
import { setProductTitle } from './kit/title.ts';
import { PhoneProvider } from './phone/phone-provider.tsx';

/** What the API has rejected is rejected again; a server that is gone is waited for. */
const isWorthRepeating = (failures: number, error: unknown): boolean => {
  if (isUnreachable(error)) return true;
  return failures < 3 && !(error instanceof ApiError && error.status < 500 && error.status !== 429);
};

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: isWorthRepeating,
      retryDelay: (failures) => Math.min(1_000 * 2 ** failures, 4_000),
      staleTime: 5_000,
      // Whether the browser has a network says nothing about a server of the same machine.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});
whenBack(() => void queries.invalidateQueries());

function Console() {
  const { signedIn, shown, isResuming } = useSigning();
  const link = useLinkToken();
  const token = signedIn?.token;
  // A page that could not be read when the session ended is read with the next one.
  useEffect(() => {
    if (token !== undefined) void router.invalidate();
  }, [token]);
  if (link !== null) return <SignInPage key={link.token} />;
  if (isResuming) return null;
  return (
    <>
      {signedIn === null && <SignInPage />}
      {shown !== null && (
        <Activity mode={signedIn === null ? 'hidden' : 'visible'}>
          <RouterProvider key={shown.session.sub} router={router} />
        </Activity>
      )}
    </>
  );
}

const place = document.getElementById('console');
const nonce = place?.dataset['nonce'] ?? '';
const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
const platformIcon = icon?.href ?? '';

/** All pages, in the colors of the brand and with its name and icon at the tab. */
function Branded({ children }: { readonly children: ReactNode }) {
  const brand = useBrand();
  useEffect(() => {
    setProductTitle(brand.name);
    if (icon !== null) icon.href = brand.icon_url ?? platformIcon;
  }, [brand]);
  const colors = useMemo(() => colorsOf(brand), [brand]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={colors} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      {children}
    </MantineProvider>
  );
}

if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <Branded>
        <QueryClientProvider client={queries}>
          <SessionProvider>
            <PhoneProvider>
              <Console />
            </PhoneProvider>
            <ConnectionBanner />
          </SessionProvider>
        </QueryClientProvider>
      </Branded>
    </StrictMode>,
  );
