// Who is there decides what is shown: the form to sign in, a word about missing rights, or the dashboard itself.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import * as api from './api';
import { useEvery, useLoad } from './load';
import { Nobody } from './nobody';
import type { Claim } from './rows';
import { Shell } from './shell';
import { SignIn } from './signin';
import { Loading, Problem } from './states';
import { endStepUp } from './worker';

/** Rights can end at any time: they are asked for again this often, and when the page is looked at again. */
const RIGHTS_EVERY_MS = 5 * 60_000;

export function App() {
  const start = useLoad(api.connect, []);
  if (start.state === 'failed') return <main class="alone"><Problem failure={start.failure} retry={start.retry} /></main>;
  if (start.state !== 'ready') return <main class="alone"><Loading what="the dashboard" /></main>;
  return <Session door={start.data} />;
}

function Session({ door }: { door: api.Door }) {
  // null: not known yet.
  const [email, setEmail] = useState<string | undefined | null>(null);
  const [wasIn, setWasIn] = useState(false);
  const [problem, setProblem] = useState(door.problem);
  useEffect(
    () =>
      api.onSession((now) => {
        setEmail(now);
        if (now === undefined) return;
        setWasIn(true);
        setProblem('');
      }),
    [],
  );
  const leave = useCallback(() => {
    setWasIn(false);
    void api.signOut();
  }, []);
  if (email === null) return <main class="alone"><Loading what="the dashboard" /></main>;
  if (email === undefined) return <SignIn withDiscord={door.discord} cameBack={problem} ended={wasIn} />;
  return <Rights key={email} email={email} leave={leave} />;
}

function Rights({ email, leave }: { email: string; leave: () => void }) {
  // Whoever signs in next has to give the administrator's password anew.
  useEffect(() => endStepUp, []);
  const claim = useRef<Promise<Claim | null> | undefined>(undefined);
  const guilds = useLoad(async () => {
    // Once after signing in. It may fail: then the rights that are linked already count.
    claim.current ??= api.claimStaff();
    const claimed = await claim.current.catch(() => {
      claim.current = undefined;
      return null;
    });
    return { mine: await api.myGuilds(), elsewhere: claimed?.elsewhere ?? 0 };
  }, []);
  useEvery(RIGHTS_EVERY_MS, guilds.refresh);
  if (guilds.state === 'failed') return <main class="alone"><Problem failure={guilds.failure} retry={guilds.retry} /></main>;
  if (guilds.state !== 'ready') return <main class="alone"><Loading what="what you may see" /></main>;
  const { mine, elsewhere } = guilds.data;
  if (mine.length === 0) return <Nobody email={email} elsewhere={elsewhere > 0} leave={leave} again={guilds.retry} />;
  return <Shell guilds={mine} email={email} leave={leave} />;
}
