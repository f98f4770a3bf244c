# Loss against virtual time, and against the period, from the files that
# sweep.py writes; it sets rates, periods, limit, marks, what and out.
set terminal svg size 1080,700 font "sans-serif,13" background rgb "white" noenhanced
set output out
set multiplot layout 2,words(rates) margins 0.08,0.98,0.08,0.95 spacing 0.07,0.13
set grid back lc rgb "#dddddd" lt 1
set logscale xy
set format y "%g"
color(i) = int(word("0x222222 0x0b6e4f 0x5fae7f 0xd9a441 0xc8553d 0x8e3b46 0x6b5b95 0x999999", 1 + (i - 1) % 8))

set xlabel "virtual time, s" offset 0,0.4
do for [r = 1:words(rates)] {
  set title "learning rate ".word(rates, r)
  if (r == 1) { set ylabel what } else { unset ylabel }
  set arrow 1 from limit, graph 0 to limit, graph 1 nohead dt 3 lc rgb "#888888"
  set label 1 "T" at limit, graph 0.96 offset 0.4,0 tc rgb "#666666"
  if (r == 1) { set key inside bottom left samplen 1 spacing 0.8 font ",10" } else { unset key }
  plot for [i = 1:words(periods)] sprintf("curve%d-%s.dat", r, word(periods, i)) using 1:2 with lines \
    lw 1.5 lc rgb color(i) title "period ".word(periods, i)
}

unset arrow 1
unset label 1
unset title
set key inside bottom right samplen 2 font ",10"
set xlabel "period"
set logscale x 2
set xrange [0.0078125:128]
set xtics ("1/64" 0.015625, "1/16" 0.0625, "1/4" 0.25, 1, 4, 16, 64)
rest = marks
do for [r = 1:words(rates)] {
  if (r == 1) { set ylabel what } else { unset ylabel; unset key }
  # Up to two marks of this rate: with L and sigma^2 at x1, and at the minimum.
  at = rest[1:strstrt(rest, ";") - 1]
  rest = rest[strstrt(rest, ";") + 1:strlen(rest)]
  do for [m = 1:words(at)] {
    set arrow 10 + m from real(word(at, m)), graph 0 to real(word(at, m)), graph 1 nohead lw 1.5 dt m + 1 lc rgb "#3366aa"
    set label 10 + m word("tau*,x1 tau*,minimum", m) at real(word(at, m)), graph 0.03 rotate offset -0.7,0 font ",11" tc rgb "#3366aa"
  }
  plot sprintf("periods%d.dat", r) using 1:2 with linespoints lw 2 pt 7 ps 0.6 lc rgb "#c8553d" title "at T", \
       sprintf("periods%d.dat", r) using 1:3 with linespoints lw 2 dt 2 pt 6 ps 0.6 lc rgb "#555555" title "floor"
  unset for [m = 1:words(at)] arrow 10 + m
  unset for [m = 1:words(at)] label 10 + m
}
unset multiplot
