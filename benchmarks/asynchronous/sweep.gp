# Loss against beta, max-staleness and lost messages, and the time of a step
# against beta by bucket, from the files that sweep.py writes; it sets parts
# and out.
set terminal svg size 900,620 font "sans-serif,13" background rgb "white" noenhanced
set output out
set multiplot layout 2,2 margins 0.08,0.93,0.08,0.95 spacing 0.14,0.15
set grid back lc rgb "#dddddd" lt 1
set format y "%g"
color(i) = int(word("0x222222 0x0b6e4f 0xd9a441 0xc8553d 0x6b5b95", 1 + (i - 1) % 5))

if (strstrt(parts, "beta")) {
  set title "elastic, norm_bounded"
  set xlabel "beta" offset 0,0.4
  set ylabel "loss"
  set y2label "virtual time, s (dashed)"
  set y2tics
  set key top left samplen 1 font ",10"
  plot for [i = 1:3] sprintf("beta%s.dat", word("1 4 16", i)) using 1:2 with linespoints lw 2 pt 7 ps 0.5 lc rgb color(i) \
         title "max-delay ".word("1 4 16", i), \
       for [i = 1:3] sprintf("beta%s.dat", word("1 4 16", i)) using 1:3 axes x1y2 with linespoints lw 1.5 dt 2 pt 6 ps 0.4 lc rgb color(i) notitle
  unset y2tics
  unset y2label
}
if (strstrt(parts, "staleness")) {
  set title "dasgd"
  set xlabel "max-staleness" offset 0,0.4
  set ylabel "loss"
  set y2label "average staleness"
  set y2tics
  set xrange [-0.5:4.5]
  set key top left samplen 1 font ",10"
  plot "staleness.dat" using 1:3:xtic(2) with linespoints lw 2 pt 7 ps 0.5 lc rgb color(4) title "loss", \
       "" using 1:4 axes x1y2 with linespoints lw 1.5 dt 2 pt 6 ps 0.5 lc rgb color(1) title "staleness"
  unset y2tics
  unset y2label
  set autoscale x
  set xtics auto
}
if (strstrt(parts, "drop")) {
  set title "elastic, lost messages"
  set xlabel "part of the messages that is lost" offset 0,0.4
  set ylabel "loss"
  set key top left samplen 1 font ",10"
  plot for [i = 1:2] for [j = 1:2] sprintf("drop-%s-%s.dat", word("norm_bounded variance_bounded", i), word("off on", j)) using 1:2 \
    with linespoints lw 2 dt j pt 7 ps 0.5 lc rgb color(2 * i) title word("norm_bounded variance_bounded", i).word(" ,_resync", j)
}
if (strstrt(parts, "bucket")) {
  set title "elastic by bucket, 1 Gb/s"
  set xlabel "beta" offset 0,0.4
  set ylabel "loss"
  set y2label "virtual time, s"
  set y2tics
  set xrange [-0.5:5.5]
  set key top left samplen 1 font ",10"
  plot "bucket.dat" using 1:4:xtic(2) with linespoints lw 2 pt 7 ps 0.5 lc rgb color(4) title "loss", \
       "" using 1:3 axes x1y2 with linespoints lw 1.5 dt 2 pt 6 ps 0.5 lc rgb color(1) title "time"
}
unset multiplot
