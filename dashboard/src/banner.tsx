// Says that the bot is stopped: nobody shall look at the dashboard and not know.
import type { ComponentChildren } from 'preact';
import { time, when } from './format';
import type { PauseLevel } from './rows';

interface BannerOf {
  pause: { level: PauseLevel; at?: string | null; until?: string | null; reason?: string | null } | undefined;
  /** `By somebody`, if it is known who did it. */
  by?: string;
  /** When it was so, if it is not known whether it still is. */
  asOf?: string | undefined;
  children?: ComponentChildren;
}

export function Banner({ pause, by, asOf, children }: BannerOf) {
  return (
    <div role="status">
      {pause && pause.level !== 'none' && (
        <div class={`banner ${pause.level}`}>
          <strong>
            <span aria-hidden="true">{pause.level === 'all' ? '■ ' : '❚❚ '}</span>
            {pause.level === 'all' ? 'The bot is stopped, and crisis detection is OFF.' : 'The bot is stopped. Crisis detection goes on.'}
          </strong>
          <p>
            {by ? `${by}, since` : 'Since'} {when(pause.at)}.
            {pause.reason && <> Reason: “{pause.reason}”.</>}
            {pause.until && <> It ends by itself at <time dateTime={pause.until}>{when(pause.until)}</time>, unless it is renewed.</>}
          </p>
          {children}
          {asOf && <p>This is how it was at {time(asOf)}: whether it is still so cannot be asked at the moment.</p>}
        </div>
      )}
    </div>
  );
}
