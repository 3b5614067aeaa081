### The modes, and the places of those that show no single run.

modes = What is looked at

mode-simulate = Simulate
    .what = A simulated kernel, in this browser: every step can be made and taken back
mode-live = Live
    .what = The server that runs natively behind this page
mode-trace = Open
    .what = A recording from a file
mode-compare = Compare
    .what = Two to four servers on one scenario, side by side
mode-scale = Scale
    .what = What a line costs, from one connection to ten thousand
