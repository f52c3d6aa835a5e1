import '@mantine/core/styles.css';
// Of areas that are loaded later: style sheets are not.
import '@xyflow/react/dist/base.css';
import './flows/graph.module.css';
import './kit/table.module.css';
import './schedules/week-grid.module.css';
import { createTheme, MantineProvider, Modal, PasswordInput, type CSSVariablesResolver } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { useLinkToken } from './account/link-token.ts';
import { SignInPage } from './account/sign-in.tsx';
import { isUnreachable } from './kit/api.ts';
import { ApiError } from './kit/api-error.ts';
import { ConnectionBanner } from './kit/connection-banner.tsx';
import { whenBack } from './kit/connection.ts';
import { router } from './kit/routes.tsx';
import { SessionProvider, useSigning } from './kit/session.tsx';
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

const modalProps = {
  // Locking the scroll bar would need a style element without the nonce.
  lockScroll: false,
  closeButtonProps: { 'aria-label': 'Close' },
  // The page has one banner.
  attributes: { header: { role: 'none' } },
} as const;

const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  autoContrast: true,
  components: {
    Modal: Modal.extend({ defaultProps: modalProps }),
    PasswordInput: PasswordInput.extend({ defaultProps: { visibilityToggleFocusable: true } }),
  },
});

/** Of what is below the pointer: Mantine's colors are lighter than the buttons, or darker than the links. */
const hover = {
  '--mantine-color-cyan-filled-hover': '#08505f',
  '--mantine-primary-color-filled-hover': '#08505f',
  '--mantine-color-teal-filled-hover': '#05543f',
  '--mantine-color-cyan-light-hover': 'var(--mantine-color-cyan-light)',
};

/** Colors with the contrast of WCAG 2.2, 1.4.3 (4.5:1), which some of Mantine's own have not. */
const resolveColors: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    ...hover,
    '--mantine-color-dimmed': colors.gray[7],
    '--mantine-color-placeholder': colors.gray[7],
    '--mantine-color-error': colors.red[9],
    '--mantine-color-yellow-light-color': '#6b4e00',
    '--mantine-color-green-light-color': '#1b5e20',
  },
  dark: {
    ...hover,
    '--mantine-color-dimmed': colors.dark[0],
    '--mantine-color-placeholder': colors.dark[0],
    '--mantine-color-error': colors.red[3],
  },
});

function Console() {
  const { signedIn, isResuming } = useSigning();
  const link = useLinkToken();
  if (link !== null) return <SignInPage key={link.token} />;
  if (isResuming) return null;
  return signedIn === null ? <SignInPage /> : <RouterProvider router={router} />;
}

const place = document.getElementById('console');
const nonce = place?.dataset['nonce'] ?? '';
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={resolveColors}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={queries}>
          <SessionProvider>
            <PhoneProvider>
              <Console />
            </PhoneProvider>
            <ConnectionBanner />
          </SessionProvider>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
