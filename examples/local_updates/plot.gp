# Loss against virtual and real time, AdaComm's period, and where ranks spend
# their time, from the files that race.sh writes.
set terminal svg size 860,900 font "sans-serif,13" background rgb "white"
set output "local_updates.svg"
set multiplot
set grid back lc rgb "#dddddd" lt 1
runs = "ssgd pasgd-2 pasgd-8 pasgd-32 adacomm"
titles = "'ssgd' 'pasgd, period 2' 'pasgd, period 8' 'pasgd, period 32' 'adacomm'"
color(i) = int(word("0x555555 0xe0a03a 0xc8553d 0x7b3b6b 0x0b6e4f", i))

set logscale xy
set yrange [0.08:2.5]
set ytics (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2)
set tmargin at screen 0.98
set bmargin at screen 0.56
set lmargin at screen 0.11
set rmargin at screen 0.53
set xrange [0.2:60]
set xlabel "virtual time, s" offset 0,0.4
set ylabel "loss on images trained on"
set key inside bottom left
plot for [i = 1:words(runs)] word(runs, i).".dat" using 1:5 with lines lw 2 lc rgb color(i) title word(titles, i)

set lmargin at screen 0.57
set rmargin at screen 0.98
set autoscale x
set xlabel "real time of this process, s, no network"
set format y ""
unset ylabel
unset key
plot for [i = 1:words(runs)] word(runs, i).".dat" using 2:5 with lines lw 2 lc rgb color(i)

set tmargin at screen 0.48
set bmargin at screen 0.34
set lmargin at screen 0.11
unset logscale y
set xrange [0.2:60]
set yrange [0:36]
set ytics 8
set format y "%g"
set xlabel "virtual time, s"
set ylabel "period of adacomm"
plot "adacomm.tau" using 1:2 with fsteps lw 2 lc rgb color(5)

set tmargin at screen 0.26
set bmargin at screen 0.04
unset logscale x
set autoscale xy
set yrange [0:*]
set ytics auto
unset xlabel
set ylabel "virtual time of a rank, s"
set key inside top right
set style data histograms
set style histogram rowstacked
set style fill solid border -1
set boxwidth 0.6
plot "parts.dat" using 2:xtic(1) lc rgb "#8fb996" title "computing", \
     "" using 3 lc rgb "#c8553d" title "exchanging", \
     "" using 4 lc rgb "#e8d8a0" title "waiting for others"
unset multiplot
